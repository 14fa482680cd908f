import Glibc

/// A numeric IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 bytes in network order.
  package let bytes: [UInt8]
  package let port: UInt16
  /// IPv6 scope, zero when none.
  package let scope: UInt32

  /// Parses a numeric host (`127.0.0.1`, `::1`, `fe80::1%eth0` is refused); names are the resolver's work.
  package init(host: String, port: Int) throws(TransportFailure) {
    guard let port = UInt16(exactly: port) else { throw TransportFailure.badAddress("\(host):\(port)") }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, host, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
    } else if inet_pton(AF_INET6, host, &six) == 1 {
      bytes = withUnsafeBytes(of: &six) { Array($0) }
    } else {
      throw TransportFailure.badAddress(host)
    }
    self.port = port
    scope = 0
  }

  init(bytes: [UInt8], port: UInt16, scope: UInt32) {
    self.bytes = bytes
    self.port = port
    self.scope = scope
  }

  /// Reads what the kernel or the resolver filled in; nil for other families.
  init?(_ storage: UnsafePointer<sockaddr>) {
    switch Int32(storage.pointee.sa_family) {
    case AF_INET:
      let (bytes, port) = storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
        var address = pointer.pointee.sin_addr
        return (withUnsafeBytes(of: &address) { Array($0) }, UInt16(bigEndian: pointer.pointee.sin_port))
      }
      self.init(bytes: bytes, port: port, scope: 0)
    case AF_INET6:
      let (bytes, port, scope) = storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
        var address = pointer.pointee.sin6_addr
        return (
          withUnsafeBytes(of: &address) { Array($0) }, UInt16(bigEndian: pointer.pointee.sin6_port),
          pointer.pointee.sin6_scope_id
        )
      }
      self.init(bytes: bytes, port: port, scope: scope)
    default:
      return nil
    }
  }

  package var isIPv6: Bool { bytes.count == 16 }

  /// The address without the port, as people write it.
  package var host: String {
    var text = [CChar](repeating: 0, count: 64)
    _ = bytes.withUnsafeBytes { inet_ntop(isIPv6 ? AF_INET6 : AF_INET, $0.baseAddress, &text, 64) }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether a listener of this machine could bind to it: tried with a socket on a port of the kernel's choice.
  package var isOwn: Bool {
    let descriptor = socket(
      isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    return SocketAddress(bytes: bytes, port: 0, scope: scope).withSockaddr { bind(descriptor, $0, $1) } == 0
  }

  package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Calls `body` with the kernel's form of the address.
  func withSockaddr<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    if isIPv6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
      return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Asks the kernel for one end of a socket.
  static func ask(
    _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32, _ descriptor: Int32
  )
    -> SocketAddress?
  {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        call(descriptor, address, &length) == 0 ? SocketAddress(address) : nil
      }
    }
  }
}
