import Glibc
package import Transport

/// The guard's place in the process, taken before the first thread: a bound loopback port and random credentials,
/// so that the proxy variables libcurl reads can be set while nobody else reads the environment.
package final class EgressReservation: Sendable {
  /// Where the guard will listen.
  package let port: Int
  let descriptor: Int32
  /// `user:password` as the proxy demands it.
  let credentials: String
  /// The header in which the guard tells the client what it did; its name is a secret of this process.
  let noteHeader: String
  /// Names that skip the guard.
  let bypass: Set<String>

  /// Binds 127.0.0.1 on a port of the kernel's choice. `bypass` names hosts of the operator that skip the guard
  /// (libcurl matches their subdomains too); a service that calls customers' URLs leaves it empty.
  package init(bypass: Set<String> = []) throws(TransportFailure) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw TransportFailure.system(call: "socket", errno: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1024) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else {
      let code = errno
      Glibc.close(descriptor)
      throw TransportFailure.system(call: "bind 127.0.0.1:0", errno: code)
    }
    self.descriptor = descriptor
    port = Int(UInt16(bigEndian: address.sin_port))
    credentials = "guard:\(Self.randomHex(16))"
    noteHeader = "x-egress-\(Self.randomHex(16))"
    self.bypass = Set(bypass.map(EgressRules.canonical))
  }

  /// `http://user:password@127.0.0.1:port`
  package var proxyURL: String { "http://\(credentials)@127.0.0.1:\(port)" }

  /// Points every proxy variable at the guard, in both spellings, and clears what could lead around it. Call while
  /// the process has one thread: libcurl reads the environment at each request, and `setenv` is not safe beside it.
  package func prepareEnvironment() {
    EgressPass.setProxies(proxyURL, exempt: bypass.sorted().joined(separator: ","))
  }

  /// For services without a guard: an inherited proxy must not see their traffic either.
  package static func clearEnvironment() {
    for name in [
      "http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy", "ftps_proxy", "socks_proxy", "ws_proxy",
      "wss_proxy",
    ] {
      unsetenv(name)
      unsetenv(name.uppercased())
    }
  }

  /// True when libcurl sends requests for `host` to the guard.
  func covers(_ host: String) -> Bool {
    let name = EgressRules.canonical(host)
    return !bypass.contains { name == $0 || name.hasSuffix("." + $0) }
  }

  /// The system generator is cryptographically secure on Linux (`getrandom`).
  private static func randomHex(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in
      let byte = String(UInt8.random(in: 0...255, using: &generator), radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }.joined()
  }
}
