import Glibc
import JSON

/// The ports a started service listens on, for scripts and tests that let the kernel choose them.
package struct PortsFile: Codable, Sendable, Equatable {
  package let service: String
  package let processID: Int
  /// 0 when there is no such listener.
  package let rpc: Int
  package let http: Int
  package let `private`: Int

  /// Writes the file in one step, so that whoever waits for it never reads half of it.
  func write(to path: String) throws(LaunchFailure) {
    let text: String
    do {
      text = String(decoding: try JSONCoder.encode(self), as: UTF8.self) + "\n"
    } catch {
      throw .other("cannot spell the ports: \(error)")
    }
    if let failure = SmallFile.replace(path, with: text, mode: 0o644) {
      throw .other("cannot write PORTS_FILE \(path): \(failure.message)")
    }
  }

  static func remove(_ path: String) { unlink(path) }
}
