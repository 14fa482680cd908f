import Crypto
import Testing

@Suite struct SealingKeyringTests {
  static let binding = "senders.access_token:snd_01HF7YAT00BXSHQ90WXA12ZJ4N"
  static let token = Secret("EAAG-an-access-token")
  static let firstLine = "2026-11 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  static let secondLine = "next ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

  /// Made with other software from the written format: what databases hold must open for ever.
  @Test func `a value sealed elsewhere by the same rules opens`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let sealed =
      "v1.2026-11.ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp75uZT306xu8QgU0VJE"
      + "cp808uLAkWe5Ft4TNc_rEbSs1x467wR"
    #expect(try keyring.open(sealed, binding: Self.binding) == Self.token)
  }

  @Test(arguments: [0, 1, 6, 200, 5000])
  func `a sealed secret opens again at its place`(_ count: Int) throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let secret = Secret(PseudoRandomBytes.make(seed: 4, count: count))
    let sealed = keyring.seal(secret, binding: Self.binding)
    #expect(sealed.hasPrefix("v1.2026-11."))
    #expect(try keyring.open(sealed, binding: Self.binding) == secret)
  }

  @Test func `sealing twice gives two texts and neither holds the secret`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let first = keyring.seal(Self.token, binding: Self.binding)
    let second = keyring.seal(Self.token, binding: Self.binding)
    #expect(first != second)
    #expect(!first.contains("EAAG"))
    #expect(!first.contains(Base64.encodeURLSafe(Self.token.bytes).dropLast(2)))
  }

  @Test(arguments: [
    "", "senders.access_token:snd_01HF7YAT00BXSHQ90WXA12ZJ4M", "senders.access_token:snd_01HF7YAT00BXSHQ90WXA12ZJ4",
    "senders.pin:snd_01HF7YAT00BXSHQ90WXA12ZJ4N", "senders.access_token:snd_01HF7YAT00BXSHQ90WXA12ZJ4N\0",
  ])
  func `a value copied to another place does not open`(_ place: String) throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let sealed = keyring.seal(Self.token, binding: Self.binding)
    #expect(throws: CryptoFailure.authenticationFailed) { try keyring.open(sealed, binding: place) }
  }

  @Test func `a value with any byte changed is refused`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine + "\n" + Self.secondLine)
    let sealed = Array(keyring.seal(Self.token, binding: Self.binding).utf8)
    for index in sealed.indices {
      for change in [UInt8(1), 2, 4, 8, 16, 32, 64] {
        var changed = sealed
        changed[index] ^= change
        let text = String(decoding: changed, as: UTF8.self)
        #expect(throws: CryptoFailure.self, "byte \(index) changed by \(change)") {
          try keyring.open(text, binding: Self.binding)
        }
      }
    }
  }

  @Test func `a value cut at any byte is refused`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let sealed = keyring.seal(Self.token, binding: Self.binding)
    for count in 0..<sealed.count {
      #expect(throws: CryptoFailure.self, "cut at \(count)") {
        try keyring.open(String(sealed.prefix(count)), binding: Self.binding)
      }
    }
  }

  @Test func `random damage to many places never opens and never crashes`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let sealed = Array(keyring.seal(Self.token, binding: Self.binding).utf8)
    for seed in 0..<1000 {
      let noise = PseudoRandomBytes.make(seed: seed, count: 7)
      var damaged = sealed
      for (offset, byte) in noise.dropLast().enumerated() where offset % 2 == 0 {
        damaged[Int(byte) % damaged.count] = noise[offset + 1]
      }
      if noise[6] > 200 { damaged.insert(noise[6], at: Int(noise[0]) % damaged.count) }
      if noise[6] < 50 { damaged.removeSubrange(0..<Int(noise[6])) }
      guard damaged != sealed else { continue }
      let text = String(decoding: damaged, as: UTF8.self)
      #expect(throws: CryptoFailure.self, "seed \(seed)") { try keyring.open(text, binding: Self.binding) }
    }
  }

  @Test(arguments: [
    ("", CryptoFailure.malformed(reason: "it does not have three parts")),
    ("EAAG-an-access-token", .malformed(reason: "it does not have three parts")),
    ("v1.2026-11", .malformed(reason: "it does not have three parts")),
    ("v2.2026-11.AAAA", .malformed(reason: "its version is not v1")),
    ("v1..AAAA", .malformed(reason: "it does not name a key")),
    ("v1.a b.AAAA", .malformed(reason: "it does not name a key")),
    ("v1.2026-11.AA=A", .malformed(reason: "its last part is not base64url")),
    ("v1.2026-11.AAAA.AAAA", .malformed(reason: "its last part is not base64url")),
    ("v1.2026-11.", .authenticationFailed),
    ("v1.2026-11.AAAA", .authenticationFailed),
    ("v1.2025-01.AAAA", .unknownKey(id: "2025-01")),
  ])
  func `what is not a sealed value is refused with its reason`(_ text: String, _ failure: CryptoFailure) throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    #expect(throws: failure) { try keyring.open(text, binding: Self.binding) }
  }

  @Test func `two keys open both, the first seals`() throws {
    let old = try SealingKeyring(parsing: Self.firstLine)
    let new = try SealingKeyring(parsing: Self.secondLine + "\n" + Self.firstLine)
    let sealedBefore = old.seal(Self.token, binding: Self.binding)
    let sealedAfter = new.seal(Self.token, binding: Self.binding)
    #expect(new.currentKeyID == "next")
    #expect(new.keyID(of: sealedBefore) == "2026-11")
    #expect(new.keyID(of: sealedAfter) == "next")
    #expect(try new.open(sealedBefore, binding: Self.binding) == Self.token)
    #expect(try new.open(sealedAfter, binding: Self.binding) == Self.token)
    #expect(new.needsReseal(sealedBefore))
    #expect(!new.needsReseal(sealedAfter))
    #expect(throws: CryptoFailure.unknownKey(id: "next")) { try old.open(sealedAfter, binding: Self.binding) }
  }

  @Test func `another key of the same name does not open`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let other = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "2026-11"))
    let sealed = keyring.seal(Self.token, binding: Self.binding)
    #expect(throws: CryptoFailure.authenticationFailed) { try other.open(sealed, binding: Self.binding) }
  }

  @Test func `a value renamed to another key of the ring does not open, whatever that key is`() throws {
    let master = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    let twins = try SealingKeyring(parsing: "a \(master)\nb \(master)")
    let sealed = twins.seal(Self.token, binding: Self.binding)
    let renamed = "v1.b." + sealed.dropFirst("v1.a.".count)
    #expect(throws: CryptoFailure.authenticationFailed) { try twins.open(renamed, binding: Self.binding) }
  }

  @Test func `text that is no sealed value has no key and needs sealing`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    #expect(keyring.keyID(of: "EAAG-plain") == nil)
    #expect(keyring.needsReseal("EAAG-plain"))
  }

  @Test func `a probe tells the right key from a wrong and a missing one`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let probe = keyring.probe()
    try keyring.check(probe: probe)
    try SealingKeyring(parsing: Self.secondLine + "\n" + Self.firstLine).check(probe: probe)

    let wrong = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "2026-11"))
    #expect(throws: CryptoFailure.wrongKey(id: "2026-11")) { try wrong.check(probe: probe) }
    let missing = try SealingKeyring(parsing: Self.secondLine)
    #expect(throws: CryptoFailure.unknownKey(id: "2026-11")) { try missing.check(probe: probe) }
    #expect(throws: CryptoFailure.malformed(reason: "it does not have three parts")) { try keyring.check(probe: "") }
  }

  @Test func `a sealed value of another place is no probe`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    let sealed = keyring.seal(Self.token, binding: Self.binding)
    #expect(throws: CryptoFailure.wrongKey(id: "2026-11")) { try keyring.check(probe: sealed) }
  }

  @Test func `a keyring can be made from one key that comes from elsewhere`() throws {
    let keyring = try SealingKeyring(keyID: "2026-11", master: Secret(Array(0...31)))
    let sealed = keyring.seal(Self.token, binding: Self.binding)
    #expect(try SealingKeyring(parsing: Self.firstLine).open(sealed, binding: Self.binding) == Self.token)
    #expect(throws: CryptoFailure.badLength(of: "master key", expected: 32, found: 31)) {
      try SealingKeyring(keyID: "k", master: Secret(zeroBytes(31)))
    }
    #expect(throws: CryptoFailure.malformed(reason: "\"a.b\" is not a key id")) {
      try SealingKeyring(keyID: "a.b", master: Secret(zeroBytes(32)))
    }
  }

  @Test func `a keyring and its failures print no keys`() throws {
    let keyring = try SealingKeyring(parsing: Self.firstLine)
    var dumped = ""
    dump(keyring, to: &dumped)
    #expect("\(keyring)" == "SealingKeyring(current: 2026-11)")
    #expect(!dumped.contains("key:"))
    #expect(
      CryptoFailure.wrongKey(id: "2026-11").description
        == "key \"2026-11\" of the key file is not the key this database was sealed with")
    #expect(
      CryptoFailure.unknownKey(id: "old").description
        == "the value was sealed with key \"old\", which the key file does not hold")
  }
}
