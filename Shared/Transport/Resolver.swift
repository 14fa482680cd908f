import Dispatch
import Glibc
import Synchronization

/// Turns names into addresses with the system's resolver, off the loop, a bounded number at a time.
package enum Resolver {
  /// getaddrinfo blocks its thread, so look-ups in flight are capped.
  private static let limit = 32
  private static let inFlight = Mutex(0)
  private static let queue = DispatchQueue(label: "resolver", attributes: .concurrent)

  /// Every address of `host` (a name or a numeric address), in the resolver's order.
  /// Throws `.unresolved` or `.overloaded`. The time is the system resolver's own (see resolv.conf).
  package static func resolve(host: String, port: Int) async throws(TransportFailure) -> [SocketAddress] {
    if let numeric = try? SocketAddress(host: host, port: port) { return [numeric] }
    guard UInt16(exactly: port) != nil, !host.isEmpty, host.utf8.count <= 253 else {
      throw TransportFailure.badAddress("\(host):\(port)")
    }
    let mayStart = inFlight.withLock { count in
      if count >= limit { return false }
      count += 1
      return true
    }
    guard mayStart else { throw TransportFailure.overloaded("name look-ups in flight") }
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<[SocketAddress], TransportFailure>, Never>) in
      queue.async {
        let result = lookUp(host: host, port: port)
        inFlight.withLock { $0 -= 1 }
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }

  private static func lookUp(host: String, port: Int) -> Result<[SocketAddress], TransportFailure> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
      return .failure(.unresolved(host: host, reason: String(cString: gai_strerror(code))))
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var next = list
    while let entry = next, found.count < 16 {
      if let address = entry.pointee.ai_addr, let parsed = SocketAddress(address), !found.contains(parsed) {
        found.append(parsed)
      }
      next = entry.pointee.ai_next
    }
    return found.isEmpty ? .failure(.unresolved(host: host, reason: "no address")) : .success(found)
  }
}
