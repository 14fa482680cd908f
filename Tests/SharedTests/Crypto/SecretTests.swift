import Crypto
import Testing

@Suite struct SecretTests {
  struct Account {
    let name: String
    let token: Secret
  }

  @Test func `a secret prints itself nowhere`() {
    let account = Account(name: "shop", token: Secret("EAAG-hush-hush"))
    var dumped = ""
    dump(account, to: &dumped)
    for text in [
      "\(account.token)", String(describing: account.token), String(reflecting: account.token), "\(account)",
      String(reflecting: account), "\([account.token])", "\(["key": account.token])",
      "\(Optional(account.token) as Any)",
      dumped,
    ] {
      #expect(!text.contains("hush"), "\(text)")
      #expect(!text.contains("104"), "bytes of the secret: \(text)")
      #expect(text.contains("Secret(…)"), "\(text)")
    }
  }

  @Test func `a mirror has nothing to show`() {
    #expect(Mirror(reflecting: Secret("hush")).children.isEmpty)
  }

  @Test func `a secret cannot be written by an encoder or used as a dictionary key`() {
    let secret: Any = Secret("hush")
    #expect(!(secret is any Encodable))
    #expect(!(secret is any Decodable))
    #expect(!(secret is any Hashable))
  }

  @Test func `text and bytes come back`() {
    #expect(Secret("naïve").string == "naïve")
    #expect(Secret("naïve").bytes == Array("naïve".utf8))
    #expect(Secret([1, 2, 3]).count == 3)
    #expect(Secret([0xff]).string == nil)
    #expect(Secret("").isEmpty)
    #expect(!Secret("a").isEmpty)
    #expect(Secret("abc").withBytes { Array($0) } == Array("abc".utf8))
  }

  @Test func `secrets are equal when their bytes are`() {
    #expect(Secret("one") == Secret(Array("one".utf8)))
    #expect(Secret("one") != Secret("two"))
    #expect(Secret("one") != Secret("one "))
    #expect(Secret("") == Secret([]))
  }
}
