import Foundation
import TestSupport

/// A certificate made on the spot, for `hook.test` and this machine's loopback, which is its own authority.
package final class TestCertificate: Sendable {
  private let directory: TemporaryDirectory

  package struct Unmade: Error { package var output: String }

  /// `names` are subject alternative names as openssl spells them.
  package init(names: String = "DNS:hook.test,IP:127.0.0.1") throws {
    directory = try TemporaryDirectory()
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/env")
    openssl.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
      "-keyout", directory.file("key.pem"), "-out", directory.file("cert.pem"), "-subj", "/CN=hook.test", "-addext",
      "subjectAltName=\(names)",
    ]
    let output = Pipe()
    openssl.standardError = output
    try openssl.run()
    // The end of its output is the end of the process, near enough for the files to be complete.
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    guard FileManager.default.fileExists(atPath: file) else { throw Unmade(output: text) }
  }

  /// The certificate, for a client to trust.
  package var file: String { directory.file("cert.pem") }
  /// Its key.
  package var keyFile: String { directory.file("key.pem") }

  /// Whether a program can be made to trust it: URLSession reads one file of authorities, and only in a mount namespace
  /// of its own can a program find another in its place.
  package static let canBeTrusted: Bool = unshare != nil

  /// Whether tests with it run: in the whole suite they fail where it cannot be trusted.
  package static var isReady: Bool { canBeTrusted || Neighbours.areDemanded }

  private static let authorities = "/etc/ssl/certs/ca-certificates.crt"

  /// As root, or else with a user namespace of one's own.
  private static let unshare: String? = ["unshare -m", "unshare -rm"].first { command in
    let probe = Process()
    probe.executableURL = URL(filePath: "/bin/sh")
    probe.arguments = ["-c", "\(command) sh -c 'mount --bind /dev/null \(authorities) && echo possible'"]
    let output = Pipe()
    probe.standardOutput = output
    probe.standardError = FileHandle.nullDevice
    guard (try? probe.run()) != nil else { return false }
    return (try? output.fileHandleForReading.readToEnd()).map { String(decoding: $0, as: UTF8.self) } == "possible\n"
  }

  /// A program that becomes `program`, and trusts this certificate and no other authority.
  package func trusting(_ program: String) throws -> String {
    let path = directory.file("trusting-\(URL(filePath: program).lastPathComponent)")
    let script = """
      #!/bin/sh
      exec \(Self.unshare ?? "false") sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' \
        sh '\(file)' \(Self.authorities) '\(program)' "$@"
      """
    try Data(script.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return path
  }
}
