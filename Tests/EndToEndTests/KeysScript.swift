import Daemon
import Foundation
import TestSupport
import Wire

/// `scripts/keys` over a folder of key files that the services run with.
final class KeysScript {
  private let services: ServiceProcesses
  private let folder: String
  private var runs = 0

  /// Copies the services' key files to names that the script knows, and has the services use them.
  init(_ services: ServiceProcesses) throws {
    self.services = services
    folder = services.files.directory.file("keys")
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    for name in CommonSettings.services {
      for (from, key, to) in [
        (services.files.rpcKeysFile(name), "RPC_KEYS_FILE", "\(name).rpc"),
        (services.files.sealingKeyFile(name), "SEALING_KEY_FILE", "\(name).sealing"),
      ] {
        try FileManager.default.copyItem(atPath: from, toPath: "\(folder)/\(to)")
        services.set(key, "\(folder)/\(to)", of: name)
      }
    }
  }

  /// Runs it, and returns how it ended and what it said.
  func run(_ words: String...) async throws -> (exit: ChildProcess.End, text: String) { try await run(words) }

  func run(_ words: [String]) async throws -> (exit: ChildProcess.End, text: String) {
    runs += 1
    var arguments = [SourceTree.root + "/scripts/keys", "--dir", folder]
    for name in CommonSettings.services { arguments += ["--private", "\(name)=\(services.privateURL(name))"] }
    let process = try ChildProcess(
      "/bin/bash", arguments + words,
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
      output: services.files.directory.file("keys-\(runs).log"))
    return (try await process.wait(), process.output)
  }

  /// The keys of a file, without comments.
  func lines(_ file: String) throws -> [Substring] {
    try String(readingFile: "\(folder)/\(file)").split(separator: "\n").filter { !$0.hasPrefix("#") }
  }

  func mode(_ file: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
    return attributes[.posixPermissions] as? Int ?? 0
  }
}
