import Glibc
import Synchronization

/// Ports for listeners that must come back under the same number after they were killed.
///
/// They lie below the range the kernel takes for outgoing connections (32768 and up on Linux): while a service is down,
/// nobody else is given its port. Each number is given out once per test run.
package enum FreePorts {
  private static let given = Mutex<Set<Int>>([])

  /// There was none.
  package struct NoneFree: Error {}

  /// A port that nobody listens on now.
  package static func next() throws -> Int {
    for _ in 0..<1_000 {
      let port = Int.random(in: 18_000..<32_000)
      guard given.withLock({ $0.insert(port).inserted }) else { continue }
      if isFree(port) { return port }
    }
    throw NoneFree()
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
