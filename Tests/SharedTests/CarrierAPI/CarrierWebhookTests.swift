import Crypto
import Testing

@testable import CarrierAPI

/// What a carrier's webhook must look like to be believed, and what is read from it.
@Suite struct CarrierWebhookTests {
  private typealias Form = [(name: String, value: String)]
  private static let token = Secret("12345")
  private static let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
  private static let form: Form = [
    ("To", "+18005551212"), ("Digits", "1234"), ("CallSid", "CA1234567890ABCDE"), ("From", "+14158675309"),
    ("Caller", "+14158675309"),
  ]
  private static let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

  private func isValid(
    _ signature: String = Self.signature, url: String = Self.url, form: [(name: String, value: String)]? = nil,
    tokens: [Secret] = [Self.token]
  ) -> Bool {
    CarrierSignature.isValid(signature: signature, url: url, parameters: form ?? Self.form, tokens: tokens)
  }

  // MARK: Signatures

  @Test func `a form is signed with its URL, whatever the order of its fields`() {
    #expect(isValid())
    #expect(isValid(form: Self.form.reversed()))
    #expect(CarrierSignature.make(url: Self.url, parameters: Self.form, token: Self.token) == Self.signature)
  }

  @Test(arguments: [
    ("https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
  ])
  func `a port that goes without saying counts with and without`(url: String, signature: String) {
    #expect(isValid(signature, url: url))
  }

  @Test(
    arguments: [
      ("https://a", ["https://a", "https://a:443"]), ("http://a/b?c:1", ["http://a/b?c:1", "http://a:80/b?c:1"]),
      ("https://a:8443/b", ["https://a:8443/b", "https://a/b"]),
      ("https://[::1]/b", ["https://[::1]/b", "https://[::1]:443/b"]),
      ("https://[::1]:99/b", ["https://[::1]:99/b", "https://[::1]/b"]),
      ("https://u:p@a/b", ["https://u:p@a/b", "https://u:p@a:443/b"]), ("nonsense", ["nonsense"]), ("", [""]),
    ] as [(String, [String])])
  func `the spellings of a URL differ in its port only`(url: String, spellings: [String]) {
    #expect(CarrierSignature.spellings(of: url) == spellings)
  }

  @Test func `a name that comes more than once counts with its distinct values`() {
    let form: Form = [
      ("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234"),
    ]
    #expect(isValid("IK+Dwps556ElfBT0I3Rgjkr1wJU=", form: form))
  }

  @Test func `a body that is no form is bound by its digest in the query`() {
    let body = Array(#"{"property": "value", "boolean": true}"#.utf8)
    let url = Self.url + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    func isValid(_ url: String, _ body: [UInt8]) -> Bool {
      CarrierSignature.isValid(
        signature: "a9nBmqA0ju/hNViExpshrM61xv4=", url: url, body: body, tokens: [Self.token])
    }
    #expect(isValid(url, body))
    #expect(!isValid(url, body + [0x20]) && !isValid(Self.url, body) && !isValid(url, []))
  }

  @Test(
    arguments: [
      // U+00FC in Latin-1, a byte that is never UTF-8, half a character.
      ("M%FCller", [0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72], "M\u{FFFD}ller"), ("%ff", [0xFF], "\u{FFFD}"),
      ("%E2%82", [0xE2, 0x82], "\u{FFFD}"), ("%C3%BC+b", [0xC3, 0xBC, 0x20, 0x62], "ü b"),
      // What no carrier should send stands for itself.
      ("1%", [0x31, 0x25], "1%"), ("%zz%4", [0x25, 0x7A, 0x7A, 0x25, 0x34], "%zz%4"), ("", [], ""),
    ] as [(String, [UInt8], String)])
  func `what is signed are a field's bytes, and its text is repaired`(encoded: String, bytes: [UInt8], text: String) {
    let form = CarrierForm(Array("CallSid=CA1&CallerName=\(encoded)&Empty".utf8))
    let signed = Array("https://a/CallSidCA1CallerName".utf8) + bytes + Array("Empty".utf8)
    let signature = Base64.encode(HMACSHA1.authenticate(signed, key: Self.token.bytes))
    #expect(CarrierSignature.isValid(signature: signature, url: "https://a/", form: form, tokens: [Self.token]))
    #expect(form.texts.map(\.name) == ["CallSid", "CallerName", "Empty"])
    #expect(form.texts.map(\.value) == ["CA1", text, ""])
    // Another byte in its place is another request, even where the text is the same.
    let other = CarrierForm(Array("CallSid=CA1&CallerName=\(encoded)%FE&Empty".utf8))
    #expect(!CarrierSignature.isValid(signature: signature, url: "https://a/", form: other, tokens: [Self.token]))
  }

  @Test func `after a change of the token both count, and no other`() {
    #expect(isValid(tokens: [Secret("new"), Self.token]))
    #expect(!isValid(tokens: [Secret("new")]) && !isValid(tokens: []))
    // An empty token signs nothing.
    let empty = CarrierSignature.make(url: Self.url, parameters: Self.form, token: Secret(""))
    #expect(!isValid(empty, tokens: [Secret("")]))
  }

  @Test(arguments: ["", " ", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "rsoydt4t1cutdk1pdd93/vvr8b8=", "????"])
  func `anything but the signature is refused`(signature: String) { #expect(!isValid(signature)) }

  @Test func `every changed byte is noticed`() {
    for index in Self.form.indices {
      var form = Self.form
      form[index].value += "0"
      #expect(!isValid(form: form))
      form = Self.form
      form[index].name += "x"
      #expect(!isValid(form: form))
      form = Self.form
      form.remove(at: index)
      #expect(!isValid(form: form))
    }
    #expect(!isValid(form: Self.form + [("New", "")]))
    for url in ["https://mycompany.com/myapp.php/?foo=1&bar=2", "https://mycompany.com/myapp.php?foo=1&bar=%32"] {
      #expect(!isValid(url: url))
    }
  }

  @Test func `an empty value stays, blanks stay, and names are sorted by their bytes`() {
    let form: Form = [("b", ""), ("a", " x "), ("B", "ü")]
    let signature = CarrierSignature.make(url: "https://a/", parameters: form, token: Self.token)
    let code = HMACSHA1.authenticate(Array("https://a/Büa x b".utf8), key: Self.token.bytes)
    #expect(signature == Base64.encode(code))
    #expect(!isValid(signature, url: "https://a/", form: [("b", ""), ("a", "x"), ("B", "ü")]))
  }

  // MARK: Events

  @Test func `a call and its recording are read, whatever else comes along`() throws {
    let event = try #require(
      CarrierCallEvent([
        ("CallSid", "CA1"), ("To", "+14155550125"), ("From", "anonymous"), ("CallStatus", "ringing"),
        ("RecordingSid", "RE1"), ("RecordingStatus", "absent"), ("RecordingDuration", "12"), ("ErrorCode", "16102"),
        ("SomethingNew", "yes"), ("To", "+1"), ("RecordingUrl", "https://evil.example/"),
      ]))
    #expect(event.callSID == "CA1" && event.to == "+14155550125")
    #expect(event.recordingSID == "RE1" && event.recordingStatus == .absent)
  }

  @Test(arguments: [
    "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg", "3f2c5b1e-9b0a-4f58-a4d3-000000000000",
  ])
  func `other carriers spell their ids as they like`(id: String) {
    #expect(CarrierCallEvent([("CallSid", id)])?.callSID == id)
  }

  @Test(arguments: ["", "../../x", "a/b", "a b", "a%2f", "é", ".a", String(repeating: "a", count: 129), "a\nb"])
  func `what cannot be an id is no call`(id: String) {
    #expect(CarrierCallEvent([("CallSid", id)]) == nil)
    #expect(CarrierCallEvent([("CallSid", "CA1"), ("RecordingSid", id)])?.recordingSID == nil)
  }

  @Test func `odd values are absent, not fatal`() throws {
    #expect(CarrierCallEvent([]) == nil)
    let event = try #require(
      CarrierCallEvent([
        ("CallSid", "CA1"), ("RecordingStatus", "melted"), ("RecordingDuration", "-1"), ("ErrorCode", "x"),
        ("To", String(repeating: "1", count: 2_000)), ("Called", "sip:a@b"),
      ]))
    #expect(event.recordingStatus == nil && event.to == "sip:a@b")
    #expect(CarrierCallEvent([("CallSid", "CA1"), ("To", "a\u{0}b")])?.to == nil)
  }

  // MARK: Answers

  @Test func `a recording picks up silently and keeps the pauses`() {
    let xml = VoiceAnswer.record(action: "https://v/a?x=1&y=\"<'", recordingStatus: "https://v/r").xml
    #expect(xml.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Record "))
    #expect(xml.contains(#"action="https://v/a?x=1&amp;y=&quot;&lt;&apos;""#))
    for attribute in [
      #"playBeep="false""#, #"trim="do-not-trim""#, #"finishOnKey="""#, #"maxLength="90""#, #"timeout="20""#,
      #"recordingStatusCallbackEvent="completed absent""#, #"recordingStatusCallback="https://v/r""#, #"method="POST""#,
    ] {
      #expect(xml.contains(attribute), "\(attribute)")
    }
  }

  @Test func `the other answers are short`() {
    func verbs(_ answer: VoiceAnswer) -> Substring {
      let line = answer.xml.split(separator: "\n")[1]
      return line.dropFirst("<Response>".count).dropLast("</Response>".count)
    }
    #expect(
      verbs(.redirect(url: "https://a/?b&c", method: "get")) == "<Redirect method=\"GET\">https://a/?b&amp;c</Redirect>"
    )
    #expect(verbs(.redirect(url: "u", method: "PATCH")) == "<Redirect method=\"POST\">u</Redirect>")
    #expect(verbs(.reject(.busy)) == "<Reject reason=\"busy\"/>")
    #expect(verbs(.hangup) == "<Hangup/>")
    #expect(VoiceAnswer.escape("a\u{1}\n\u{FFFF}b]]>") == "a&#10;b]]&gt;")
  }
}
