import Contracts
import JSON
import Testing
import Wire

@Suite struct PatchTests {
  private struct Change: Codable, Equatable {
    var assistantID: Patch<AssistantID>
    var price: Patch<Double>
    var name: String?
  }

  private static let assistant = AssistantID(trusted: "ast_01JD0000000000000000000000")

  @Test func `absent, null and a value are three different wishes, read and written as such`() throws {
    let cases: [(String, Change)] = [
      ("{}", Change(assistantID: .absent, price: .absent, name: nil)),
      (#"{"assistant_id":null}"#, Change(assistantID: .null, price: .absent, name: nil)),
      (
        #"{"assistant_id":"ast_01JD0000000000000000000000","price":2.5}"#,
        Change(assistantID: .set(Self.assistant), price: .set(2.5), name: nil)
      ),
    ]
    for (text, change) in cases {
      #expect(try JSONCoder.decode(Change.self, from: text) == change)
      #expect(String(decoding: try JSONCoder.encode(change), as: UTF8.self) == text)
    }
    // An ordinary optional field does not tell the difference.
    #expect(try JSONCoder.decode(Change.self, from: #"{"name":null}"#).name == nil)
  }

  @Test func `a wrong value is refused by the field's name`() {
    let failure = #expect(throws: JSONDecodingFailure.self) {
      try JSONCoder.decode(Change.self, from: #"{"assistant_id":"snd_1"}"#)
    }
    #expect(failure?.path == "assistant_id")
  }

  @Test func `it is applied to what is there`() {
    #expect(Patch<Int>.absent.applied(to: 1) == 1 && Patch<Int>.null.applied(to: 1) == nil)
    #expect(Patch.set(2).applied(to: 1) == 2 && Patch.set(2).applied(to: nil) == 2)
    #expect(Patch<Int>.absent.isAbsent && !Patch<Int>.null.isAbsent && Patch.set(2).value == 2)
  }

  @Test func `its schema allows null and does not require it`() {
    let schema = JSONSchema.describe(Change.self)
    let nullable: JSONValue = ["anyOf": [AssistantID.schema, ["type": "null"]]]
    #expect(schema["properties"]?["assistant_id"] == nullable)
    #expect(schema["properties"]?["price"] == ["anyOf": [["type": "number"], ["type": "null"]]])
    #expect(schema["required"] == nil)
  }

  @Test func `a version is checked only where one was named`() throws {
    try IfVersion.check(nil, current: 7)
    try IfVersion.check(7, current: 7)
    try IfVersion.check(IfVersion.any, current: 7)
    for (expected, current) in [(6, 7), (8, 7), (7, 0), (IfVersion.any, 0)] as [(Int64, Int64)] {
      let failure = #expect(throws: CallFailure.self) { try IfVersion.check(expected, current: current) }
      #expect(failure?.reason == "VERSION_CHANGED" && failure?.code == .aborted && failure?.retry == .never)
      #expect(failure?.details?["version"] == .integer(current))
    }
  }
}
