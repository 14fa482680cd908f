import Testing

@testable import Outbound

@Suite struct EgressRulesTests {
  private func denial(_ rules: EgressRules, _ url: String) -> OutboundFailure.Kind? {
    do throws(OutboundFailure) {
      try rules.check(url: url)
      return nil
    } catch {
      #expect(error.neverLeft)
      return error.kind
    }
  }

  @Test(arguments: [
    "https://example.com/", "https://example.com:443/hook?a=b", "https://EXAMPLE.com./", "https://1.1.1.1/",
    "https://[2606:4700:4700::1111]/", "https://xn--bcher-kva.example/", "https://a_b.example.com/",
    "https://0x7f.example.com/", "https://127.0.0.1.example.com/", "https://192.0.1.1/", "https://172.15.0.1/",
    "https://172.32.0.1/", "https://100.63.255.255/", "https://100.128.0.1/", "https://223.255.255.255/",
  ]) func `a public https target is fine`(url: String) {
    #expect(denial(EgressRules(), url) == nil)
  }

  @Test(arguments: [
    // Decimal, octal, hex, short and mixed forms of 127.0.0.1, 0.0.0.0 and 169.254.169.254.
    "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://0x7F.1/", "https://127.1/",
    "https://127.0.1/", "https://0177.0.0.1/", "https://0/", "https://0x0/", "https://0xa9fea9fe/",
    "https://2852039166/", "https://127.0.0.01/", "https://127.0.0.0x1/", "https://1.2.3.4.5/", "https://1.2.3.256/",
    "https://0x/", "https://a.0x1/", "https://a.1/",
    // Names of this machine, in all dress.
    "https://localhost/", "https://LOCALHOST./", "https://x.localhost/",
    // Zone ids.
    "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1%25lo]/",
  ]) func `other spellings of addresses are refused before any look-up`(url: String) {
    #expect(denial(EgressRules(), url) == .egressDenied(.spelling))
  }

  @Test(arguments: [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.1",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "127.0.0.1.", "[::]", "[::1]", "[fe80::1]",
    "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]",
    "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::8.8.8.8]", "[64:ff9b::7f00:1]",
    "[64:ff9b::808:808]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:808:808::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:10::1]", "[2001:20::1]", "[2001:2::1]", "[5f00::1]", "[4000::1]",
    "[0:0:0:0:0:0:0:1]",
  ]) func `addresses off the public internet are refused`(host: String) {
    #expect(denial(EgressRules(), "https://\(host)/") == .egressDenied(.privateAddress))
  }

  @Test(arguments: [
    "https://a@example.com/", "https://a:b@example.com/", "https://@example.com/",
    "https://example.com:443@evil.example/",
  ])
  func `a user name is refused`(url: String) {
    #expect(denial(EgressRules(), url) == .egressDenied(.userInfo))
  }

  @Test(arguments: [
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "HTTP://example.com",
  ])
  func `other schemes are refused`(url: String) {
    #expect(denial(EgressRules(), url) == .egressDenied(.scheme))
  }

  @Test func `ports are opened one by one`() {
    #expect(denial(EgressRules(), "https://example.com:8443/") == .egressDenied(.port))
    #expect(denial(EgressRules(ports: [443, 8443]), "https://example.com:8443/") == nil)
    #expect(denial(EgressRules(), "https://example.com:22/") == .egressDenied(.port))
    #expect(denial(EgressRules(allowHTTP: true), "http://example.com/") == nil)
    #expect(denial(EgressRules(allowHTTP: true), "http://example.com:8080/") == .egressDenied(.port))
    #expect(denial(EgressRules(), "https://example.com:80/") == .egressDenied(.port))
  }

  @Test func `own hosts and what lies below them are refused in every spelling`() {
    let rules = EgressRules(denyHosts: ["App.Example.com"])
    for url in ["https://app.example.com/", "https://APP.example.com./x", "https://a.app.example.com/"] {
      #expect(denial(rules, url) == .egressDenied(.ownHost))
    }
    #expect(denial(rules, "https://myapp.example.com/") == nil)
    #expect(denial(rules, "https://example.com/") == nil)
  }

  @Test func `operator hosts are no customer targets, on any port, below them, or as another spelling`() {
    let rules = EgressRules(
      ports: [443, 8443], allowedRanges: [CIDR("10.0.0.0/8"), CIDR("fd12::/16")].compactMap { $0 },
      operatorHosts: ["model.internal:8443", "10.0.0.5:443", "[fd12::5]:443"])
    for url in [
      "https://model.internal:8443/", "https://MODEL.internal.:8443/", "https://model.internal/",
      "https://x.model.internal/", "https://10.0.0.5/", "https://10.0.0.5.:8443/", "https://[fd12:0:0::0005]/",
    ] {
      #expect(denial(rules, url) == .egressDenied(.ownHost), "\(url)")
    }
    #expect(denial(rules, "https://10.0.0.6/") == nil)
    #expect(rules.isOperatorHost("model.internal", 8443))
    #expect(rules.isOperatorHost("fd12::5", 443))
    #expect(!rules.isOperatorHost("model.internal", 443))
    #expect(!rules.isOperatorHost("x.model.internal", 8443))
  }

  @Test func `an allowed range opens its addresses, and never a metadata service`() {
    let rules = EgressRules(
      allowedRanges: [
        CIDR("10.1.0.0/16"), CIDR("169.254.0.0/16"), CIDR("fd00::/8"), CIDR("100.64.0.0/10"), CIDR("::/0"),
      ].compactMap { $0 })
    #expect(rules.allowedRanges.count == 5)
    #expect(denial(rules, "https://10.1.2.3/") == nil)
    #expect(denial(rules, "https://10.2.0.1/") == .egressDenied(.privateAddress))
    #expect(denial(rules, "https://169.254.1.1/") == nil)
    for host in [
      "169.254.169.254", "169.254.170.2", "100.100.100.200", "[fd00:ec2::254]", "[::ffff:169.254.169.254]",
      "168.63.129.16",
      "[64:ff9b::a9fe:a9fe]",
    ] {
      #expect(denial(rules, "https://\(host)/") == .egressDenied(.privateAddress), "\(host)")
    }
  }

  @Test func `no range of the tables is misspelt`() {
    #expect(AddressClass.tableSizes == [18, 5, 8, 1])
  }

  @Test(arguments: [
    "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/-1", "10.0.0.0/08", "x/8", "::/129", "10.0/8",
    "10.0.0.0/8/8",
  ])
  func `a range that is not exact is refused`(text: String) {
    #expect(CIDR(text) == nil)
  }

  @Test func `a range holds its own family only`() throws {
    let all = try #require(CIDR("0.0.0.0/0"))
    #expect(all.contains([1, 2, 3, 4]))
    #expect(!all.contains([UInt8](repeating: 0, count: 16)))
    let nine = try #require(CIDR("10.128.0.0/9"))
    #expect(nine.contains([10, 255, 0, 1]))
    #expect(!nine.contains([10, 127, 255, 255]))
    #expect(nine.description == "10.128.0.0/9")
  }
}
