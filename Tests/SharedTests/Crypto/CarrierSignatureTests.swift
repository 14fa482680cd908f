import Crypto
import Testing

/// The signatures a telephony carrier puts on its webhooks, recomputed: HMAC-SHA1 over URL and sorted form fields.
@Suite struct CarrierSignatureTests {
  static let call = [
    ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"),
    ("To", "+18005551212"),
  ]

  @Test(arguments: [
    ("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
  ])
  func `a form with and without the port in the URL`(_ url: String, _ signature: String) {
    #expect(Self.signature(url, Self.call.reversed()) == signature)
  }

  @Test func `a form with a name that occurs more than once`() {
    let form = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    #expect(
      Self.signature("https://mycompany.com/myapp.php?foo=1&bar=2", form) == "IK+Dwps556ElfBT0I3Rgjkr1wJU=")
  }

  @Test func `a JSON body that is bound by its SHA-256 in the query`() {
    let body = Array(#"{"property": "value", "boolean": true}"#.utf8)
    let digest = Hex.encode(SHA256.hash(body))
    #expect(digest == "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620")
    #expect(
      Self.signature("https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=\(digest)", [])
        == "a9nBmqA0ju/hNViExpshrM61xv4=")
  }

  private static func signature(_ url: String, _ form: [(String, String)]) -> String {
    let distinct = Set(form.map { $0.0 + "\u{0}" + $0.1 })
    let sorted = distinct.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let text = url + sorted.joined().filter { $0 != "\u{0}" }
    return Base64.encode(HMACSHA1.authenticate(Array(text.utf8), key: Array("12345".utf8)))
  }
}
