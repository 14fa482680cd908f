import Glibc

extension TCPConnection {
  /// One end of a pair of connected stream sockets, as a process shares with one it has started. Takes ownership, also
  /// when it throws; reading starts with `resumeReading`. On the loop only. Throws when the loop cannot watch it.
  package static func adopt(
    _ descriptor: Int32, loop: EventLoop, outboundLimit: Int
  ) throws(TransportFailure) -> TCPConnection {
    loop.assertCurrent()
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      let code = errno
      Glibc.close(descriptor)
      throw TransportFailure.system(call: "fcntl", errno: code)
    }
    // Neither end has an address; the connection wants one for logs only.
    let nowhere = try SocketAddress(host: "127.0.0.1", port: 0)
    return try TCPConnection(loop: loop, descriptor: descriptor, remote: nowhere, outboundLimit: outboundLimit)
  }
}
