import Contracts
import Testing

@testable import MessagingRouter

/// Texts of templates that nobody would write: each is read once.
@Suite struct TemplateTextTests {
  private static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

  @Test func `a text of nothing but open braces is read in one go`() {
    let clock = ContinuousClock()
    for piece in ["{{", "{{a", "_{{", "{{ }"] {
      let text = Self.many(piece, 20_000)
      var parsed = TemplateText("")
      // Each brace that reads the rest again costs minutes here, one reading some milliseconds.
      let time = clock.measure { parsed = TemplateText(text) }
      #expect(time < .seconds(5), "\(piece)")
      #expect(parsed.hasBrokenBraces && parsed.variables.isEmpty && parsed.words == text, "\(piece)")
    }
  }

  @Test func `braces that are never closed are words, and what was closed before them stays`() {
    let text = TemplateText("Hello {{1}}, {{ and {{2")
    #expect(text.parts == [.words("Hello "), .variable("1"), .words(", {{ and {{2")])
    #expect(text.hasBrokenBraces && text.variables == ["1"])
  }

  @Test func `thousands of different variables are told apart in one go`() {
    let names = (0..<20_000).map { "a\($0)" }
    let text = TemplateText(names.map { "{{\($0)}}" }.joined())
    let time = ContinuousClock().measure { #expect(text.variables == names) }
    #expect(time < .seconds(5))
  }

  /// Only the length is told: what is too long is not looked at any further.
  @Test func `a part that is too long is refused for that alone, however long it is`() {
    let (open, header) = (Self.many("{{", 125_000), Self.many("_{{", 40_000))
    let components = [
      TemplateComponent(.header, format: .text, text: header), TemplateComponent(.body, text: open),
      TemplateComponent(.footer, text: open),
      TemplateComponent(
        .buttons, buttons: [.init(.quickReply, text: open), .init(.url, text: "A", url: "https://a.example/" + open)]),
    ]
    for format in [nil, TemplateParameterFormat.named] {
      let problems = TemplateRules.check(
        name: "order_ready", language: "en_US", category: .utility, format: format, components: components, ttl: nil)
      #expect(
        problems.map(\.reason) == [
          "HEADER_TOO_LONG", "BODY_TOO_LONG", "FOOTER_TOO_LONG", "BUTTON_TOO_LONG", "URL_TOO_LONG",
        ])
    }
    let card = TemplateCard(components: [TemplateComponent(.body, text: open)])
    #expect(TemplateRules.format(of: [TemplateComponent(.carousel, cards: [card, card])]) == .positional)
    #expect(TemplateRules.format(of: [TemplateComponent(.body, text: "Hello {{name}}, hello")]) == .named)
  }
}
