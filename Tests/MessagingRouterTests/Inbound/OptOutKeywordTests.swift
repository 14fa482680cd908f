import Testing

@testable import MessagingRouter

@Suite struct OptOutKeywordTests {
  @Test func `an empty list switches its direction off, and long texts are not looked at`() {
    let none = OptOutKeywords(out: "", back: " , ,")
    #expect(none.meaning(of: "STOP") == nil && none.meaning(of: "") == nil && none.meaning(of: " ") == nil)
    let words = OptOutKeywords(out: "STOP,ÄRGER", back: "start")
    #expect(words.meaning(of: "ärger") == true && words.meaning(of: "Start ") == false)
    #expect(words.meaning(of: "stop" + String(repeating: " ", count: 200)) == nil)
  }
}
