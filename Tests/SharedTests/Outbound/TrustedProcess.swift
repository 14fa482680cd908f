import Foundation

/// Runs one suite of this test bundle again, in a mount namespace where a given certificate is the only one trusted.
enum TrustedProcess {
  private static let authorities = "/etc/ssl/certs/ca-certificates.crt"

  /// As root, or else with a user namespace of one's own.
  private static let unshare: [String]? = [["unshare", "-m"], ["unshare", "-rm"]].first { command in
    let probe = "mount --bind /dev/null \(authorities) && echo possible"
    return (try? output(of: command + ["sh", "-c", probe], environment: [:]))?.contains("possible") == true
  }

  static var isPossible: Bool { unshare != nil }

  static func run(test: String, trusting certificate: String, environment: [String: String]) throws -> String {
    let script = #"mount --bind "$1" "$2" && exec "$3" --testing-library swift-testing --filter "$4""#
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return try output(
      of: (unshare ?? []) + ["sh", "-c", script, "sh", certificate, authorities, executable, test],
      environment: environment)
  }

  /// What the command printed until it closed its output.
  private static func output(of command: [String], environment: [String: String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
