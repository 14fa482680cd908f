import Crypto
import Daemon
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing
import Wire

@testable import SandboxWorld

extension EndToEnd {
  /// What must not be found where it does not belong, looked for after the whole main job at the most talkative level.
  @Suite struct SecretsTests {
    @Test func `copied databases reveal no secret, and logs reveal neither secrets nor people`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        let question = "Is the secret garden open on Sundays?"
        let reply = try await story.converse(question, with: shop, from: "+16505550177")
        try await story.waitForReceipts(of: reply)
        let north = try await story.connect("+15550100002", isVerified: false)
        try await story.waitForCodeNeeded(north)
        let code = try await story.typeCode(north, number: "+15550100002")
        try await story.wait(for: "online", of: north)

        let (tokens, pins, codes) = product.world.graph.state.withLock { state in
          (Array(state.tokens.keys), state.numbers.values.compactMap(\.pin), Array(state.codes.keys))
        }
        #expect(tokens.count == 2 && pins.count == 2 && codes.count == 2)
        let services = product.services
        var secrets = [services.adminKey, services.appSecret, services.verifyToken, shop.secret] + tokens + codes
        for name in CommonSettings.services {
          for path in [services.files.sealingKeyFile(name), services.files.rpcKeysFile(name)] {
            let words = try String(readingFile: path).split { $0 == " " || $0 == "\n" }
            secrets += words.filter { $0.count >= 40 }.map(String.init)
          }
        }
        #expect(secrets.count >= 8 + 4 + 12)
        try Self.searchDatabases(services, for: secrets, digits: pins + [code])
        let people = [
          "5550100001", "5550100002", "6505550177", question, "You wrote", "secret garden",
          shop.number, Story.customer,
        ]
        Self.searchLogs(services, for: secrets + people, digits: pins + [code])
      }
    }

    /// The files as they lie there while the services run, logs of the store included.
    private static func searchDatabases(
      _ services: ServiceProcesses, for secrets: [String], digits: [String]
    ) throws {
      for name in CommonSettings.services {
        var sizes: [String: Int] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: services.files.dataDirectory(name)) {
          // Folders are of files that people have sent.
          if file == "media" { continue }
          let data = try Data(contentsOf: URL(filePath: services.files.dataDirectory(name) + "/" + file))
          sizes[file] = data.count
          for secret in secrets {
            #expect(data.range(of: Data(secret.utf8)) == nil, "\(file) holds \(secret)")
            for bytes in raw(secret) {
              #expect(data.range(of: Data(bytes)) == nil, "\(file) holds \(secret) as bytes")
            }
          }
          for number in digits { #expect(!holdsNumber(number, data), "\(file) holds \(number)") }
        }
        #expect(sizes["\(name).sqlite-wal", default: 0] > 0, "\(sizes)")
      }
      // The search itself finds what is there: a message's text is kept in the clear.
      let router = services.files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite"
      let found = ["", "-wal"].contains { suffix in
        (try? Data(contentsOf: URL(filePath: router + suffix)))?.range(of: Data("secret garden".utf8)) != nil
      }
      #expect(found)
    }

    private static func searchLogs(_ services: ServiceProcesses, for words: [String], digits: [String]) {
      for name in CommonSettings.services {
        let log = services.log(name)
        #expect(log.contains(#""event":"service.started""#))
        for word in words {
          let line = log.split(separator: "\n").first { $0.contains(word) }
          #expect(line == nil, "\(name) logs \(word): \(line ?? "")")
        }
        for number in digits { #expect(!holdsNumber(number, Data(log.utf8)), "\(name) logs \(number)") }
      }
    }

    /// The bytes that a secret's text stands for, in the spellings it may have.
    private static func raw(_ secret: String) -> [[UInt8]] {
      var found: [[UInt8]] = []
      for prefix in ["wsk_", "whsec_", ""] where secret.hasPrefix(prefix) {
        let rest = String(secret.dropFirst(prefix.count))
        if let bytes = Base64.decode(rest) ?? Base64.decodeURLSafe(rest), bytes.count >= 16 { found.append(bytes) }
      }
      return found
    }

    /// Six digits that stand alone: as part of a longer number they are chance.
    private static func holdsNumber(_ number: String, _ data: Data) -> Bool {
      let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
      var rest = data.startIndex..<data.endIndex
      while let found = data.range(of: Data(number.utf8), in: rest) {
        let before = found.lowerBound > data.startIndex ? data[found.lowerBound - 1] : 0
        let after = found.upperBound < data.endIndex ? data[found.upperBound] : 0
        if !isDigit(before), !isDigit(after) { return true }
        rest = found.lowerBound + 1..<data.endIndex
      }
      return false
    }
  }
}
