import Crypto
import Foundation
import Testing

@Suite struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func `RFC 4648 section 10`(_ text: String, _ encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
    #expect(Base64.encodeURLSafe(Array(text.utf8)) == encoded.filter { $0 != "=" })
    #expect(Base64.decodeURLSafe(encoded.filter { $0 != "=" }) == Array(text.utf8))
  }

  @Test func `agrees with Foundation on every length and every byte`() {
    for count in 0...258 {
      let bytes = PseudoRandomBytes.make(seed: count, count: count)
      let expected = Data(bytes).base64EncodedString()
      #expect(Base64.encode(bytes) == expected)
      #expect(Base64.decode(expected) == bytes)
      let safe = expected.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.filter { $0 != "=" }
      #expect(Base64.encodeURLSafe(bytes) == String(safe))
      #expect(Base64.decodeURLSafe(String(safe)) == bytes)
    }
  }

  @Test(arguments: [
    "=", "==", "===", "====", "A", "A=", "A==", "A===", "AA", "AA=", "AAA", "AAAA=", "AAAA==", "AAAA====", "AA==AAAA",
    "AA=A", "=AAA", "AAAA\n", " AAAA", "AA AA", "AA-_", "AA\u{e9}A", "AAAA\0AAA",
  ])
  func `standard text that is not exactly right is refused`(_ text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["A", "AAAAA", "AA==", "AAA=", "AA+/", "AA\n", " AA", "A\u{e9}", "AA.AA"])
  func `URL text that is not exactly right is refused`(_ text: String) {
    #expect(Base64.decodeURLSafe(text) == nil)
  }

  @Test func `one text for one sequence of bytes, stray last bits are refused`() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    #expect(alphabet.filter { Base64.decode("A\($0)==") != nil } == "AQgw")
    #expect(alphabet.filter { Base64.decode("AA\($0)=") != nil } == "AEIMQUYcgkosw048")
    #expect(alphabet.filter { Base64.decodeURLSafe("A\($0)") != nil } == "AQgw")
  }
}
