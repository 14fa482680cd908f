import Crypto
import Foundation
import Testing

@Suite struct SealingKeyFileTests {
  static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

  @Test func `comments, empty lines, tabs and foreign line ends are no trouble`() throws {
    let keyring = try SealingKeyring(parsing: "# head\r\n\r\n  #indented\r\n\tone\t \(Self.key) \r\ntwo \(Self.key)")
    #expect(keyring.currentKeyID == "one")
  }

  @Test(arguments: [
    ("", "it holds no key"),
    ("# only a comment\n\n", "it holds no key"),
    ("one", "line 1 is not a key id and a key with a space between"),
    ("# head\none \(key) # note", "line 2 is not a key id and a key with a space between"),
    ("one=\(key)", "line 1 is not a key id and a key with a space between"),
    ("o.ne \(key)", "line 1: a key id has 1 to 32 letters, digits, \"-\" or \"_\""),
    ("\(String(repeating: "k", count: 33)) \(key)", "line 1: a key id has 1 to 32 letters, digits, \"-\" or \"_\""),
    ("\u{feff}one \(key)", "line 1: a key id has 1 to 32 letters, digits, \"-\" or \"_\""),
    ("one \(key.dropLast())", "line 1: the key is not 32 bytes in base64"),
    ("one AAAA", "line 1: the key is not 32 bytes in base64"),
    ("one \(key)\n\ntwo changeme", "line 3: the key is not 32 bytes in base64"),
    ("one \(key)\none \(key)", "line 2: the key id \"one\" occurs twice"),
  ])
  func `a text that is wrong is refused by line and without repeating it`(_ text: String, _ reason: String) {
    #expect(throws: CryptoFailure.badKeyFile(reason: reason)) { try SealingKeyring(parsing: text) }
  }

  /// Whatever happens to a key file, it is a keyring or a `badKeyFile`, and the message holds nothing of the keys.
  @Test func `random damage gives a keyring or a reason without key material`() {
    let text = Array("# sealing keys\none \(Self.key)\n\ntwo \(Self.key)\n".utf8)
    for seed in 0..<1000 {
      let noise = PseudoRandomBytes.make(seed: seed, count: 6)
      var damaged = text
      damaged[Int(noise[0]) % text.count] = noise[1]
      damaged[Int(noise[2]) % text.count] = noise[3]
      damaged.removeLast(Int(noise[4]) % text.count)
      damaged.insert(noise[5], at: Int(noise[3]) % (damaged.count + 1))
      do throws(CryptoFailure) {
        _ = try SealingKeyring(parsing: String(decoding: damaged, as: UTF8.self))
      } catch {
        guard case .badKeyFile(let reason) = error else {
          Issue.record("seed \(seed): \(error)")
          continue
        }
        #expect(!reason.contains("CAkKCwwN") && !reason.contains("GBkaGxwd"), "seed \(seed): \(reason)")
      }
    }
  }

  @Test func `eight keys are read, a ninth is refused`() throws {
    let lines = (1...9).map { "key\($0) \(Self.key)\n" }
    #expect(try SealingKeyring(parsing: lines.dropLast().joined()).currentKeyID == "key1")
    #expect(throws: CryptoFailure.badKeyFile(reason: "line 9: more than 8 keys")) {
      try SealingKeyring(parsing: lines.joined())
    }
  }

  @Test func `a key id of 32 characters is allowed`() throws {
    let id = String(repeating: "k", count: 30) + "-_"
    #expect(try SealingKeyring(parsing: "\(id) \(Self.key)").currentKeyID == id)
  }

  @Test func `a generated text is a key file with a new key each time`() throws {
    let text = SealingKeyring.generateFileText(keyID: "k1")
    let keyring = try SealingKeyring(parsing: text)
    #expect(keyring.currentKeyID == "k1")
    let other = SealingKeyring.generateFileText(keyID: "k1")
    #expect(text != other)
    let sealed = keyring.seal(Secret("token"), binding: "place")
    #expect(throws: CryptoFailure.authenticationFailed) {
      try SealingKeyring(parsing: other).open(sealed, binding: "place")
    }
  }

  @Test(arguments: [0o600, 0o400])
  func `a file that only its owner can read is used`(_ mode: Int) throws {
    try Self.withFile("one \(Self.key)\n", mode: mode) { path in
      let keyring = try SealingKeyring(file: path)
      #expect(keyring.currentKeyID == "one")
    }
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660, 0o620, 0o602, 0o601, 0o610])
  func `a file that others can touch is refused with its mode`(_ mode: Int) throws {
    try Self.withFile("one \(Self.key)\n", mode: mode) { path in
      let reason = "\(path): its mode 0\(String(mode, radix: 8)) lets others at the keys; make it 0600"
      #expect(throws: CryptoFailure.badKeyFile(reason: reason)) { try SealingKeyring(file: path) }
    }
  }

  @Test func `a missing file is refused by name`() {
    let path = NSTemporaryDirectory() + "no-such-key-file-\(UUID().uuidString)"
    let failure = CryptoFailure.badKeyFile(reason: "\(path): No such file or directory")
    #expect(throws: failure) { try SealingKeyring(file: path) }
    #expect(
      failure.description == "the sealing key file cannot be used: \(path): No such file or directory")
  }

  @Test func `an empty file is refused by name`() throws {
    try Self.withFile("", mode: 0o600) { path in
      #expect(throws: CryptoFailure.badKeyFile(reason: "\(path): it holds no key")) { try SealingKeyring(file: path) }
    }
  }

  @Test func `a file of the greatest length is read and one byte more is refused`() throws {
    let line = "one \(Self.key)\n#"
    let longest = line + String(repeating: "x", count: 64 * 1024 - line.utf8.count)
    try Self.withFile(longest, mode: 0o600) { path in
      let keyring = try SealingKeyring(file: path)
      #expect(keyring.currentKeyID == "one")
    }
    try Self.withFile(longest + "x", mode: 0o600) { path in
      #expect(throws: CryptoFailure.badKeyFile(reason: "\(path): it is longer than 65536 bytes")) {
        try SealingKeyring(file: path)
      }
    }
  }

  @Test func `a file that is not text is refused`() throws {
    try Self.withFile(Data([0xff, 0xfe, 0x00]), mode: 0o600) { path in
      #expect(throws: CryptoFailure.badKeyFile(reason: "\(path): it is not text")) { try SealingKeyring(file: path) }
    }
  }

  @Test func `a folder and a pipe in the file's place are refused without waiting`() throws {
    let folder = NSTemporaryDirectory()
    #expect(throws: CryptoFailure.badKeyFile(reason: "\(folder): it is not a regular file")) {
      try SealingKeyring(file: folder)
    }
    let pipe = folder + "key-pipe-\(UUID().uuidString)"
    try #require(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    #expect(throws: CryptoFailure.badKeyFile(reason: "\(pipe): it is not a regular file")) {
      try SealingKeyring(file: pipe)
    }
  }

  @Test func `a link to a key file is followed`() throws {
    try Self.withFile("one \(Self.key)\n", mode: 0o600) { path in
      let link = path + "-link"
      try #require(symlink(path, link) == 0)
      defer { unlink(link) }
      let keyring = try SealingKeyring(file: link)
      #expect(keyring.currentKeyID == "one")
    }
  }

  private static func withFile(_ text: String, mode: Int, _ body: (String) throws -> Void) throws {
    try withFile(Data(text.utf8), mode: mode, body)
  }

  private static func withFile(_ content: Data, mode: Int, _ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "key-file-\(UUID().uuidString)"
    try content.write(to: URL(fileURLWithPath: path))
    defer { unlink(path) }
    try #require(chmod(path, mode_t(mode)) == 0)
    try body(path)
  }
}
