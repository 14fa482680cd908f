import Crypto
import Foundation
import Store
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite struct LaunchTests {
  @Test func `arguments name a mode, a settings file and settings`() {
    let arguments = LaunchArguments(["--check", "--settings", "/etc/x", "--data-dir=/srv/a=b", "--LOG_LEVEL=debug"])
    #expect(arguments.mode == .check && arguments.settingsPath == "/etc/x" && arguments.problems.isEmpty)
    #expect(arguments.values == ["DATA_DIR": "/srv/a=b", "LOG_LEVEL": "debug"])
    #expect(LaunchArguments(["--settings=/x"]).settingsPath == "/x")
    #expect(LaunchArguments(["-h"]).mode == .help && LaunchArguments(["--version"]).mode == .version)
    #expect(LaunchArguments([]).mode == .run)
  }

  @Test(arguments: [["--chekc"], ["check"], ["--settings"], ["--=x"], ["--a b=c"], ["--a=1", "--A=2"], ["-x=1"], [""]])
  func `arguments that mean nothing are refused`(arguments: [String]) {
    #expect(LaunchArguments(arguments).problems.count == 1)
  }

  @Test func `help names every key with its default`() {
    let help = LaunchPlan<ProbeService>.help
    for expected in [
      "Usage: probe", "DATA_DIR  <path>  (default /var/lib/whatsapp-senders/probe)",
      "RPC_KEYS_FILE  <path>  (required)",
      "SENDER_REGISTRY_RPC  <host:port>  (default 127.0.0.1:7101)",
      "RECEIPTS_RPC  <host:port>  (default 127.0.0.1:7104)",
      "SHUTDOWN_SECONDS  <1...3600>  (default 20)", "LOG_LEVEL  <debug|info|notice|error|fault>  (default info)",
      "\nprobe:\n  GREETING  <text>  (default hello)\n      What / answers.", "FAILURE  <text>  (optional)",
    ] {
      #expect(help.contains(expected), "\(expected)")
    }
  }

  @Test(arguments: zip(CommonSettings.services, [1, 2, 3, 4]))
  func `each service has its own default ports and the others as peers`(service: ServiceName, number: Int) {
    var reader = SettingsReader(SettingsSources())
    let common = CommonSettings(&reader, service: service)
    #expect(common.rpcPort == 7_100 + number && common.httpPort == 8_100 + number)
    #expect(common.privatePort == 9_100 + number)
    #expect(Set(common.peers.keys) == Set(CommonSettings.services).subtracting([service]))
    #expect(!reader.keys.contains { $0.name == CommonSettings.peerKey(service) })
  }

  @Test func `RPC listens where HTTP does unless told otherwise`() {
    func common(_ environment: [String: String]) -> CommonSettings {
      var reader = SettingsReader(SettingsSources(environment: environment))
      return CommonSettings(&reader, service: .receipts)
    }
    #expect(common([:]).rpcBindAddress == "127.0.0.1")
    #expect(common(["BIND": "0.0.0.0"]).rpcBindAddress == "0.0.0.0")
    let split = common(["BIND": "0.0.0.0", "RPC_BIND": "receipts.rpc"])
    #expect(split.bindAddress == "0.0.0.0" && split.rpcBindAddress == "receipts.rpc")
  }

  @Test func `wrong settings are reported before keys, all at once`() throws {
    let failure = #expect(throws: LaunchFailure.self) {
      try LaunchPlan<ProbeService>(
        SettingsSources(environment: [
          "DATA_DIR": "/nowhere", "LOG_LEVEL": "loud", "BIND": "localhost", "RPC_BIND": "a b",
        ]))
    }
    #expect(failure?.exitCode == 2)
    let text = try #require(failure?.description)
    for key in ["DATA_DIR", "RPC_KEYS_FILE", "SEALING_KEY_FILE", "LOG_LEVEL", "BIND", "RPC_BIND"] {
      #expect(text.contains("\n  \(key): "), "\(key)")
    }
  }

  @Test func `wrong keys are reported together, without a key's text`() throws {
    let files = try ServiceFiles([ProbeService.name])
    let secret = Base64.encode(RandomBytes.make(31))
    for path in [files.rpcKeysFile(ProbeService.name), files.sealingKeyFile(ProbeService.name)] {
      try Data("peer k1 \(secret)\n".utf8).write(to: URL(filePath: path))
    }
    let failure = #expect(throws: LaunchFailure.self) {
      try LaunchPlan<ProbeService>(SettingsSources(environment: files.environment(ProbeService.name)))
    }
    #expect(failure?.exitCode == 4)
    let text = try #require(failure?.description)
    #expect(text.split(separator: "\n").count == 3)
    #expect(!text.contains(secret))
  }

  @Test func `a check, a version and wrong arguments end with their exit codes and open nothing`() async throws {
    let files = try ServiceFiles([ProbeService.name])
    let environment = files.environment(ProbeService.name)
    func code(_ arguments: [String], _ environment: [String: String]) -> Int32 {
      Daemon.run(ProbeService.self, LaunchArguments(arguments), environment)
    }
    #expect(code(["--version"], [:]) == 0)
    #expect(code(["--help"], [:]) == 0)
    #expect(code(["--chekc"], environment) == 2)
    #expect(code(["--check"], environment) == 0)
    #expect(code(["--check", "--greetin=x"], environment) == 2)
    #expect(code(["--check", "--data-dir=/nowhere"], environment) == 2)
    #expect(code(["--data-dir=/nowhere"], environment) == 2)
    try Data("k1 nonsense\n".utf8).write(to: URL(filePath: files.sealingKeyFile(ProbeService.name)))
    #expect(code(["--check"], environment) == 2)
    #expect(code([], environment) == 4)
    #expect(try FileManager.default.contentsOfDirectory(atPath: files.dataDirectory(ProbeService.name)) == [])
  }

  @Test func `an exit code tells a supervisor what kind of failure it was`() {
    #expect(LaunchFailure(StoreFailure(.full, "disk full")).exitCode == 3)
    #expect(LaunchFailure(CryptoFailure.unknownKey(id: "k9")).exitCode == 4)
    #expect(LaunchFailure(SettingsFailure(problems: [])).exitCode == 2)
    #expect(LaunchFailure(CancellationError()).exitCode == 1)
  }
}
