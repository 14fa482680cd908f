import Transport
import Telemetry
import JSON
import Crypto
import Foundation
import Testing
import TestSupport
import Wire

@Suite struct PairKeysTests {
  static let key = Base64.encode([UInt8](repeating: 5, count: 32))

  @Test func `reads a file with comments, blank lines and tabs`() throws {
    let keys = try PairKeys(
      parsing: "# ours\n\nreceipts\tk1 \(Self.key) # first\r\n  verifier k2  \(Self.key)\nreceipts k3 \(Self.key)")
    #expect(keys.peers == [.receipts, .verifier])
    #expect(keys.key(for: .receipts)?.id == "k1")
    #expect(keys.key(id: "k3")?.peer == .receipts)
    #expect(keys.key(for: .operator) == nil)
    #expect(keys.key(id: "k4") == nil)
  }

  @Test(arguments: [
    ("receipts k1", "expected"), ("receipts k1 \(key) more", "expected"), ("Receipts k1 \(key)", "service name"),
    ("* k1 \(key)", "service name"), ("receipts K1 \(key)", "key id"), ("receipts k1 AAAA", "32 bytes"),
    ("receipts k1 \(key)=", "32 bytes"), ("verifier k0 \(key)", "there already"),
  ])
  func `a wrong line is named with its number`(line: String, reason: String) {
    #expect { try PairKeys(parsing: "verifier k0 \(Self.key)\n# two\n\(line)\n") } throws: { error in
      let failure = error as? PairKeysFailure
      return failure?.line == 3 && failure?.reason.contains(reason) == true
        && failure?.description.contains(Self.key) == false
    }
  }

  @Test func `a third key for the same peer is refused`() {
    let lines = (1...3).map { "receipts k\($0) \(Self.key)\n" }.joined()
    #expect { try PairKeys(parsing: lines) } throws: { ($0 as? PairKeysFailure)?.line == 3 }
  }

  @Test(arguments: ["", "# nothing\n\n"])
  func `a file without a key is refused`(text: String) {
    #expect { try PairKeys(parsing: text) } throws: { ($0 as? PairKeysFailure)?.line == nil }
  }

  @Test func `a file that others may read is refused with the remedy`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("rpc.keys")
    try "receipts k1 \(Self.key)\n".write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect { try PairKeys(file: path) } throws: { "\($0)".contains("chmod 600") }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    #expect(try PairKeys(file: path).peers == [.receipts])
  }

  @Test func `a missing file, a folder, a huge and a binary file are refused`() throws {
    let directory = try TemporaryDirectory()
    #expect { try PairKeys(file: directory.file("none")) } throws: { "\($0)".contains("No such file") }
    #expect { try PairKeys(file: directory.path) } throws: { "\($0)".contains("regular file") }
    for (name, data, word) in [
      ("huge", Data(repeating: 35, count: 70_000), "larger"), ("binary", Data([0xFF, 0xFE]), "UTF-8"),
    ] {
      let path = directory.file(name)
      #expect(
        FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600]))
      #expect { try PairKeys(file: path) } throws: { "\($0)".contains(word) }
    }
  }

  @Test func `both ends derive the same key for another purpose, and different ones for different purposes`() throws {
    let (first, second) = try FreshKeys.pair(.receipts, .senderRegistry)
    let here = try #require(first.key(for: .senderRegistry))
    let there = try #require(second.key(for: .receipts))
    #expect(here.derive("tokens") == there.derive("tokens"))
    #expect(here.derive("tokens") != here.derive("tickets"))
    #expect(here.derive("tokens", count: 16).count == 16)
  }

  @Test func `keys do not show in a dump`() throws {
    let (keys, _) = try FreshKeys.pair(.receipts, .senderRegistry)
    let secret = try #require(keys.key(for: .senderRegistry)).derive("tokens")
    var text = "\(keys)"
    dump(keys, to: &text)
    #expect(!text.contains(Base64.encode(secret.bytes)))
    #expect(!text.contains("HMACKey"))
    #expect(text.contains("Secret(…)"))
  }
}
