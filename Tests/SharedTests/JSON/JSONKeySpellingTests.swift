import JSON
import Testing

@Suite struct JSONKeySpellingTests {
  @Test(arguments: [
    ("url", "url"), ("to", "to"), ("senderID", "sender_id"), ("phoneNumberID", "phone_number_id"),
    ("wabaID", "waba_id"),
    ("createdAt", "created_at"), ("sha256", "sha256"), ("sha256Hex", "sha256_hex"), ("websiteURLs", "website_urls"),
    ("senderIDs", "sender_ids"), ("senderIDsByName", "sender_ids_by_name"), ("urlOfPDFFile", "url_of_pdf_file"),
    ("http2Server", "http2_server"), ("aB", "a_b"), ("aBC", "a_bc"), ("aBCd", "a_b_cd"),
    ("isOTPEnabled", "is_otp_enabled"),
    ("line2", "line2"), ("a1B2", "a1_b2"), ("messaging_product", "messaging_product"),
    ("phone_numberID", "phone_number_id"),
    ("URL", "url"), ("URLs", "urls"), ("URLValue", "url_value"), ("_id", "_id"), ("_0", "_0"), ("", ""), ("x", "x"),
    ("X", "x"),
    ("timeoutMs", "timeout_ms"), ("größeÄ", "größeÄ"), ("with space", "with space"), ("kebab-case", "kebab-case"),
  ])
  func `spells a property`(_ property: String, _ wire: String) {
    #expect(JSONKeySpelling.wire(property) == wire)
    #expect(JSONKeySpelling.wire(wire) == wire, "a wire name is its own spelling")
  }

  private struct Spelled: Codable, Equatable {
    var senderID = "s"
    var phoneNumberID = 1
    var websiteURLs = ["u"]
    var byName = ["camelCase": 1]
    var renamed = 2
    var veryLongPropertyNameThatDoesNotFitIntoASmallStringOfFifteenBytes = true

    enum CodingKeys: String, CodingKey {
      case senderID, phoneNumberID, websiteURLs, byName
      case renamed = "given_name"
      case veryLongPropertyNameThatDoesNotFitIntoASmallStringOfFifteenBytes
    }
  }

  @Test func `spells members both ways and leaves dictionary keys alone`() throws {
    let text = """
      {"sender_id":"s","phone_number_id":1,"website_urls":["u"],"by_name":{"camelCase":1},"given_name":2,\
      "very_long_property_name_that_does_not_fit_into_a_small_string_of_fifteen_bytes":true}
      """
    #expect(String(decoding: try JSONCoder.encode(Spelled()), as: UTF8.self) == text)
    #expect(try JSONCoder.decode(Spelled.self, from: text) == Spelled())
  }

  @Test func `does not accept the property's own spelling`() {
    #expect(throws: JSONDecodingFailure(path: "sender_id", reason: "missing", kind: .missing)) {
      try JSONCoder.decode(Spelled.self, from: #"{"senderID":"s"}"#)
    }
  }

  private struct Foreign: Codable, Equatable {
    var fooBar: Int

    init(fooBar: Int) { self.fooBar = fooBar }
    init(from decoder: any Decoder) throws {
      fooBar = try decoder.container(keyedBy: JSONKey.self).decode(Int.self, forKey: "FooBar")
    }
    func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: JSONKey.self)
      try members.encode(fooBar, forKey: "FooBar")
    }
  }

  @Test func `leaves names that somebody else spelled alone`() throws {
    #expect(String(decoding: try JSONCoder.encode(Foreign(fooBar: 1)), as: UTF8.self) == #"{"FooBar":1}"#)
    #expect(try JSONCoder.decode(Foreign.self, from: #"{"FooBar":1}"#) == Foreign(fooBar: 1))
    #expect(throws: JSONDecodingFailure(path: "FooBar", reason: "missing", kind: .missing)) {
      try JSONCoder.decode(Foreign.self, from: #"{"foo_bar":1}"#)
    }
  }

  private enum Role: String, Codable, CodingKeyRepresentable { case teamLead, other }

  @Test func `leaves keys of dictionaries keyed by an enum alone`() throws {
    let text = #"{"teamLead":1}"#
    #expect(String(decoding: try JSONCoder.encode([Role.teamLead: 1]), as: UTF8.self) == text)
    #expect(try JSONCoder.decode([Role: Int].self, from: text) == [.teamLead: 1])
  }

  private enum Step: Codable, Equatable {
    case phoneNumber(value: String)
    case websiteURLs([String], defaultID: Int)
    case senderID
    case httpCode(Int)
    case oneTwoThreeFourFiveSix
    case oneTwoThreeFourFiveSixIDs
    case oneTwoThreeFourPDFSix
  }

  @Test(arguments: [
    (Step.phoneNumber(value: "+49"), #"{"phone_number":{"value":"+49"}}"#),
    (Step.websiteURLs(["a"], defaultID: 4), #"{"website_urls":{"_0":["a"],"default_id":4}}"#),
    (Step.senderID, #"{"sender_id":{}}"#), (Step.httpCode(4), #"{"http_code":{"_0":4}}"#),
    (Step.oneTwoThreeFourFiveSix, #"{"one_two_three_four_five_six":{}}"#),
    (Step.oneTwoThreeFourFiveSixIDs, #"{"one_two_three_four_five_six_ids":{}}"#),
  ])
  private func `spells cases with values both ways`(_ step: Step, _ text: String) throws {
    #expect(String(decoding: try JSONCoder.encode(step), as: UTF8.self) == text)
    #expect(try JSONCoder.decode(Step.self, from: text) == step)
  }

  @Test func `gives up on capitals inside a case's name of more than five words`() throws {
    let text = String(decoding: try JSONCoder.encode(Step.oneTwoThreeFourPDFSix), as: UTF8.self)
    #expect(text == #"{"one_two_three_four_pdf_six":{}}"#)
    #expect(throws: JSONDecodingFailure.self) { try JSONCoder.decode(Step.self, from: text) }
  }

  @Test(.timeLimit(.minutes(1))) func `refuses a case's name of a megabyte at once`() {
    let name = String(repeating: "_s", count: 500_000)
    #expect(throws: JSONDecodingFailure.self) { try JSONCoder.decode(Step.self, from: "{\"\(name)\":{}}") }
  }

  @Test(arguments: [#"{"senderID":{}}"#, #"{"unknown_case":{}}"#, "{}", #"{"sender_id":{},"http_code":{"_0":1}}"#])
  func `refuses unknown, doubled and misspelled cases`(_ text: String) {
    #expect { try JSONCoder.decode(Step.self, from: text) } throws: {
      ($0 as? JSONDecodingFailure)?.path == ""
    }
  }
}
