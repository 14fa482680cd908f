import Contracts
import Testing

@testable import MessagingRouter

@Suite struct QuestionMatcherTests {
  private static let pairs = [
    Assistant.Pair(question: "When do you open?", answer: "hours"),
    Assistant.Pair(question: "open sunday", answer: "sunday"),
    Assistant.Pair(question: "sunday open", answer: "never, the earlier one answers"),
    Assistant.Pair(question: "Lieferung", answer: "delivery"),
    Assistant.Pair(question: "Straße", answer: "street"),
    Assistant.Pair(question: "café crème", answer: "coffee"),
    Assistant.Pair(question: "営業時間", answer: "hours in Japanese"),
    Assistant.Pair(question: "👍", answer: "thanks"),
  ]

  @Test(arguments: [
    ("when do you open", "hours"), ("  WHEN\tdo you —  open?!", "hours"),
    ("Tell me: when do you open on sunday?", "hours"),
    ("Do you open on Sunday", "sunday"), ("sunday open", "never, the earlier one answers"),
    ("Was kostet die LIEFERUNG?", "delivery"), ("STRASSE", "street"), ("strasse?", "street"),
    ("un cafe\u{301} creme svp", "coffee"), ("CAFÉ CRÈME", "coffee"), ("営業時間は？", "hours in Japanese"),
    ("👍🏽", "thanks"), ("ok 👍", "thanks"),
  ])
  func `the exact question answers, else the most words that all occur`(message: String, answer: String) {
    #expect(QuestionMatcher.answer(to: message, among: Self.pairs) == answer)
  }

  @Test(arguments: ["", " ", "?!", "open", "cafe", "opening sundays", "Lieferungen", "営業"])
  func `what no pair asks has no answer`(message: String) {
    #expect(QuestionMatcher.answer(to: message, among: Self.pairs) == nil)
  }

  @Test func `a word that is repeated counts once, and a question without words fits nothing`() {
    let pairs = [
      Assistant.Pair(question: "?", answer: "none"), Assistant.Pair(question: "go go go", answer: "one word"),
      Assistant.Pair(question: "go home", answer: "two words"),
    ]
    #expect(QuestionMatcher.answer(to: "let us go home", among: pairs) == "two words")
    #expect(QuestionMatcher.answer(to: "…", among: pairs) == nil)
  }

  @Test func `accents are dropped, vowel signs are not`() {
    #expect(QuestionMatcher.words("Ångström İstanbul ΣΊΣΥΦΟΣ") == ["angstrom", "istanbul", "σισυφοσ"])
    #expect(QuestionMatcher.words("कि") != QuestionMatcher.words("कु"))
    #expect(QuestionMatcher.words("１２ ﬁn") == ["12", "fin"])
  }

  @Test(arguments: ["", " \n\t", "\u{200B}\u{FEFF}", "\u{0}\u{1F}", "\u{3000}"])
  func `a text nobody would see is blank`(text: String) { #expect(MessageText.isBlank(text)) }

  @Test(arguments: ["a", " . ", "👍", "\u{200D}x"])
  func `a text somebody would see is not`(text: String) { #expect(!MessageText.isBlank(text)) }
}
