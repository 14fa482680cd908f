import Crypto
import Daemon
import Foundation
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// Starts that must not succeed: each ends at once with its code and says what to do.
  @Suite struct RefusedStartTests {
    @Test func `a database newer than the binary is refused with 3`() async throws {
      try await Self.afterOneStart(.receipts) { services in
        // The file format keeps user_version in bytes 60 to 63, big-endian (SQLite's "Database File Format").
        let file = try FileHandle(forUpdating: URL(filePath: services.database(.receipts)))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: Data([0, 0, 3, 231]))
        try file.close()
        try await Self.expect(3, of: .receipts, services, saying: ["newer version", "999"])
      }
    }

    @Test func `a file that is no database is refused with 3`() async throws {
      let services = try Self.services()
      try Data(repeating: 0x41, count: 8_192).write(to: URL(filePath: services.database(.verifier)))
      try await Self.expect(3, of: .verifier, services, saying: ["restore a backup"])
    }

    @Test func `a second process on the same data is refused with 3`() async throws {
      let services = try Self.services()
      try services.launch(.verifier)
      try await services.ready(.verifier)
      let second = try ChildProcess(
        ServiceProcesses.binary("verifier"),
        environment: services.environment(.verifier)
          .merging(["RPC_PORT": "0", "HTTP_PORT": "0", "PRIVATE_PORT": "0", "PORTS_FILE": ""]) { $1 },
        output: services.files.directory.file("second.log"))
      #expect(try await second.wait() == .exit(3))
      #expect(second.output.contains("another process"))
      #expect(services.process(.verifier)?.ended == nil)
      try await services.stop()
    }

    @Test(.enabled(if: SmallDisk.isPossible, "read-only mounts need root"))
    func `a read-only database is refused with 3`() async throws {
      try await Self.afterOneStart(.senderRegistry) { services in
        let file = try ReadOnlyFile(services.database(.senderRegistry))
        try await Self.expect(3, of: .senderRegistry, services, saying: ["must be able to write DATA_DIR"])
        withExtendedLifetime(file) {}
      }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "read-only mounts need root"))
    func `a read-only data directory is refused before anything opens`() async throws {
      let services = try Self.services()
      let disk = try SmallDisk(at: services.files.dataDirectory(.receipts), kibibytes: 1_024)
      try disk.makeReadOnly()
      try await Self.expect(2, of: .receipts, services, saying: ["DATA_DIR", "cannot be written"])
      withExtendedLifetime(disk) {}
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
    func `a disk without room for the database is refused with 3`() async throws {
      let services = try Self.services()
      let disk = try SmallDisk(at: services.files.dataDirectory(.receipts), kibibytes: 16)
      try await Self.expect(3, of: .receipts, services, saying: ["make room"])
      withExtendedLifetime(disk) {}
    }

    @Test func `another sealing key is refused with 4, and the right one still opens the data`() async throws {
      try await Self.afterOneStart(.senderRegistry) { services in
        let path = services.files.sealingKeyFile(.senderRegistry)
        let right = try String(readingFile: path)
        try Self.replace(path, SealingKeyring.generateFileText(keyID: "k1"))
        try await Self.expect(4, of: .senderRegistry, services, saying: ["key"])
        try Self.replace(path, SealingKeyring.generateFileText(keyID: "k2"))
        try await Self.expect(
          4, of: .senderRegistry, services, saying: ["1 value sealed with key \"k1\"", "put its line back"])
        try Self.replace(path, right)
        try services.launch(.senderRegistry)
        try await services.ready(.senderRegistry)
        try await services.stop()
      }
    }

    @Test func `missing and malformed keys are refused by name`() async throws {
      let services = try Self.services()
      services.set("SEALING_KEY_FILE", services.files.directory.file("nowhere"), of: .verifier)
      try await Self.expect(2, of: .verifier, services, saying: ["SEALING_KEY_FILE"])
      services.set("SEALING_KEY_FILE", services.files.sealingKeyFile(.verifier), of: .verifier)
      try Self.replace(services.files.sealingKeyFile(.verifier), "k1 short\n")
      try Self.replace(services.files.rpcKeysFile(.verifier), "nonsense\n")
      // Both at once, so that one start is enough to see everything.
      try await Self.expect(
        4, of: .verifier, services,
        saying: [services.files.sealingKeyFile(.verifier), "RPC keys, line 1"])
      #expect(!services.log(.verifier).contains("short") && !services.log(.verifier).contains("nonsense"))
    }

    @Test func `wrong settings are refused with 2, all of them together`() async throws {
      let services = try Self.services()
      services.set("RPC_PORT", "70000", of: .messagingRouter)
      services.set("GRAPH_URL", "ftp://graph", of: .messagingRouter)
      services.set("META_APP_SECRET_FILE", "", of: .messagingRouter)
      try await Self.expect(
        2, of: .messagingRouter, services, saying: ["RPC_PORT", "GRAPH_URL", "META_APP_SECRET"])
    }

    @Test func `a port in use is refused with 1 and named`() async throws {
      let services = try Self.services()
      services.set("HTTP_PORT", "\(services.ports[.receipts]?.private ?? 0)", of: .receipts)
      try await Self.expect(1, of: .receipts, services, saying: ["\(services.ports[.receipts]?.private ?? 0)"])
    }

    @Test(arguments: CommonSettings.services)
    func `every binary explains itself, knows its version and checks its settings`(name: ServiceName) async throws {
      let services = try Self.services()
      let files = services.files.directory
      func run(_ argument: String, _ environment: [String: String]) async throws -> (ChildProcess.End, String) {
        let process = try ChildProcess(
          ServiceProcesses.binary(name.rawValue), [argument], environment: environment,
          output: files.file("\(name)\(argument)\(environment.count)"))
        return (try await process.wait(), process.output)
      }
      let help = try await run("--help", [:])
      #expect(help.0 == .exit(0) && help.1.contains("DATA_DIR") && help.1.contains("Exit codes"))
      let version = try await run("--version", [:])
      #expect(version.0 == .exit(0) && version.1.hasPrefix(name.rawValue))
      let good = try await run("--check", services.environment(name))
      #expect(good.0 == .exit(0) && good.1.contains("settings and keys are right"))
      #expect(!FileManager.default.fileExists(atPath: services.database(name)), "a check opens nothing")
      for secret in [services.adminKey, services.appSecret, services.verifyToken] { #expect(!good.1.contains(secret)) }
      let bad = try await run("--check", [:])
      #expect(bad.0 == .exit(2) && bad.1.contains("RPC_KEYS_FILE") && bad.1.contains("SEALING_KEY_FILE"))
      let unknown = try await run("--no-such-thing", services.environment(name))
      #expect(unknown.0 == .exit(2) && unknown.1.contains("--no-such-thing"))
    }

    // MARK: Steps

    private static func services() throws -> ServiceProcesses {
      try ServiceProcesses(worldURL: "http://127.0.0.1:1", appSecret: "app-secret-of-this-test")
    }

    /// Services of which one has run before, so that its database is there.
    private static func afterOneStart(
      _ name: ServiceName, _ body: (ServiceProcesses) async throws -> Void
    ) async throws {
      let services = try services()
      try services.launch(name)
      try await services.ready(name)
      #expect(try await services.stop(name) == .exit(0))
      try await body(services)
    }

    private static func expect(
      _ code: Int32, of name: ServiceName, _ services: ServiceProcesses, saying words: [String]
    ) async throws {
      let before = services.log(name).count
      let process = try services.launch(name)
      let end = try await process.wait()
      let said = String(services.log(name).dropFirst(before))
      #expect(end == .exit(code), "\(said)")
      for word in words { #expect(said.contains(word), "\(said)") }
    }

    private static func replace(_ path: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
  }
}
