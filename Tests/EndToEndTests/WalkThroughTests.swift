import Crypto
import Foundation
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// The README's commands, run as they stand there: only the two addresses are those of this test's processes.
  @Suite struct WalkThroughTests {
    /// What `scripts/run` gives the services beyond what tests give them anyway: a partner's pool, a speech server.
    private static var settings: [ServiceName: [String: String]] {
      let world = WorldSettings()
      return [
        .senderRegistry: [
          "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": world.partnerBusinessID,
          "META_SYSTEM_TOKEN": world.partnerToken.string ?? "",
        ],
        .verifier: ["TRANSCRIBERS": "server"],
      ]
    }

    @Test func `the README's walk-through works word by word`() async throws {
      let readme = try String(readingFile: SourceTree.root + "/README.md")
      let commands = try Self.walkThrough(of: readme)
      try await Product.run(Self.settings) { services in
        services.set("TRANSCRIBER_URL", services.environment(.verifier)["GRAPH_URL"] ?? "", of: .verifier)
      } _: { product in
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.file(".run/keys"), withIntermediateDirectories: true)
        try Data(product.services.adminKey.utf8).write(to: URL(filePath: folder.file(".run/keys/admin-api-key")))
        let script = commands.replacing("http://127.0.0.1:8101", with: product.services.url(.senderRegistry))
          .replacing("http://127.0.0.1:8190", with: product.world.baseURL)
        try Data("set -euo pipefail\ncd '\(folder.path)'\n\(script)".utf8).write(
          to: URL(filePath: folder.file("walk.sh")))
        let shell = try ChildProcess(
          "/bin/bash", ["-x", folder.file("walk.sh")],
          environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
          output: folder.file("walk.log"))
        try await eventually(within: .seconds(60), "the walk-through ends") { shell.ended != nil }
        let said = try String(readingFile: folder.file("walk.log"))
        #expect(shell.ended == .exit(0), "\(said.suffix(6_000))")
        // What it was all for: the customer reads the business's words, and the business its receipts.
        let phone = try #require(PhoneDigits("+16505550199"))
        try await eventually(within: .seconds(20), "the message on the customer's phone") {
          product.world.phones[phone].inbox.contains { $0.text == "Your flowers are ready." }
        }
        try await eventually(within: .seconds(20), "a verified receipt") {
          product.world.receipts.receipts(of: "mine").contains(where: \.isVerified)
        }
        // The bought number was verified by one code, and its calls are the business's again.
        let hotline = try #require(product.world.carrier.numbers.first)
        #expect(product.world.ledger.codes(of: hotline.phone).map(\.isAccepted) == [true])
        #expect(hotline.route["VoiceUrl"] == product.world.baseURL + "/business/voice/hotline")
      }
    }

    /// The block of commands behind the marker.
    private static func walkThrough(of readme: String) throws -> String {
      let parts = readme.components(separatedBy: "<!-- walk-through: a test runs this block -->\n```sh\n")
      let block = try #require(parts.count == 2 ? parts[1].components(separatedBy: "\n```").first : nil)
      try #require(block.contains("curl"))
      return block
    }
  }
}
