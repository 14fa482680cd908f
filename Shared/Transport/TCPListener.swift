import CEpoll
import Glibc

/// Accepts connections on one address, up to a limit; beyond it new ones wait in the kernel's backlog.
///
/// `@unchecked Sendable`: after `init`, members are used on the loop's thread only.
package final class TCPListener: ReadinessHandler, @unchecked Sendable {
  package let loop: EventLoop
  /// The bound address; its port is the kernel's choice when port 0 was asked for.
  package let address: SocketAddress
  private var descriptor: Int32
  private let maximumConnections: Int
  private let outboundLimit: Int
  private var isPaused = false
  private var onAccept: ((TCPConnection) -> Void)?
  /// Connections accepted and not yet reported closed.
  package private(set) var openConnections = 0

  /// Binds and listens at once; `accept` starts taking connections.
  package init(loop: EventLoop, address: SocketAddress, maximumConnections: Int = 10_000, outboundLimit: Int = 8 << 20)
    throws(TransportFailure)
  {
    self.loop = loop
    self.maximumConnections = maximumConnections
    self.outboundLimit = outboundLimit
    let descriptor = socket(
      address.isIPv6 ? AF_INET6 : AF_INET,
      Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw TransportFailure.system(call: "socket", errno: errno) }
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    if address.withSockaddr({ bind(descriptor, $0, $1) }) != 0 {
      let code = errno
      Glibc.close(descriptor)
      throw TransportFailure.system(call: "bind \(address)", errno: code)
    }
    if listen(descriptor, 1024) != 0 {
      let code = errno
      Glibc.close(descriptor)
      throw TransportFailure.system(call: "listen \(address)", errno: code)
    }
    self.descriptor = descriptor
    self.address = SocketAddress.ask(getsockname, descriptor) ?? address
  }

  /// Takes over a socket that is bound and listening already, made non-blocking here. Its port can so be known, and
  /// written down, before the process has a second thread.
  package init(
    loop: EventLoop, adopting descriptor: Int32, maximumConnections: Int = 10_000, outboundLimit: Int = 8 << 20
  ) throws(TransportFailure) {
    self.loop = loop
    self.maximumConnections = maximumConnections
    self.outboundLimit = outboundLimit
    self.descriptor = descriptor
    guard let address = SocketAddress.ask(getsockname, descriptor) else {
      throw TransportFailure.system(call: "getsockname", errno: errno)
    }
    self.address = address
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Starts accepting. The owner must call `connectionClosed` once for each connection it was given.
  package func accept(_ onAccept: @escaping (TCPConnection) -> Void) throws(TransportFailure) {
    self.onAccept = onAccept
    try loop.register(descriptor, .read, self)
  }

  /// Makes room for another connection.
  package func connectionClosed() {
    openConnections -= 1
    resumeIfRoom()
  }

  /// Stops accepting; open connections are the owner's.
  package func close() {
    loop.assertCurrent()
    if descriptor < 0 { return }
    loop.deregister(descriptor)
    Glibc.close(descriptor)
    descriptor = -1
    onAccept = nil
  }

  func ready(_ events: ReadinessSet) {
    // A bounded number per turn, so that a connect storm cannot starve open connections.
    for _ in 0..<64 {
      if descriptor < 0 { return }
      if openConnections >= maximumConnections { return pause() }
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let (accepted, remote) = withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          let accepted = accept4(
            descriptor, address, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
          return (accepted, accepted >= 0 ? SocketAddress(address) : nil)
        }
      }
      if accepted < 0 { return acceptFailed(errno) }
      guard let remote, let connection = make(accepted, remote) else { continue }
      openConnections += 1
      onAccept?(connection)
    }
  }

  private func make(_ descriptor: Int32, _ remote: SocketAddress) -> TCPConnection? {
    do throws(TransportFailure) {
      return try TCPConnection(loop: loop, descriptor: descriptor, remote: remote, outboundLimit: outboundLimit)
    } catch {
      // The kernel has no room for another watch: the connection's deinit has closed it, the peer sees that.
      return nil
    }
  }

  private func acceptFailed(_ code: Int32) {
    switch code {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM:
      // Out of descriptors: a level-triggered listener would spin, so rest a moment.
      pause()
      loop.schedule(after: .milliseconds(100)) { [weak self] in self?.resumeIfRoom() }
    default:
      return  // EAGAIN: none left. ECONNABORTED and the like: that peer is gone already.
    }
  }

  private func pause() {
    isPaused = true
    loop.modify(descriptor, [])
  }

  private func resumeIfRoom() {
    if !isPaused || descriptor < 0 || openConnections >= maximumConnections { return }
    isPaused = false
    loop.modify(descriptor, .read)
  }
}
