import Glibc

/// Dials one address; the result is a connection that has not started reading.
package final class TCPConnector: ReadinessHandler, @unchecked Sendable {
  // `@unchecked Sendable`: used on the loop's thread only.
  private let loop: EventLoop
  private let address: SocketAddress
  private let outboundLimit: Int
  private var descriptor: Int32 = -1
  private var timer: LoopTimer?
  private var completion: ((Result<TCPConnection, TransportFailure>) -> Void)?

  private init(loop: EventLoop, address: SocketAddress, outboundLimit: Int) {
    self.loop = loop
    self.address = address
    self.outboundLimit = outboundLimit
  }

  /// Connects within `timeout`. The connection belongs to `loop`. From any task.
  package static func connect(
    _ loop: EventLoop, to address: SocketAddress, timeout: Duration, outboundLimit: Int = 8 << 20
  ) async throws(TransportFailure) -> TCPConnection {
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<TCPConnection, TransportFailure>, Never>) in
      loop.execute {
        let connector = TCPConnector(loop: loop, address: address, outboundLimit: outboundLimit)
        connector.start(timeout: timeout) { continuation.resume(returning: $0) }
      }
    }
    return try result.get()
  }

  private func start(timeout: Duration, _ completion: @escaping (Result<TCPConnection, TransportFailure>) -> Void) {
    self.completion = completion
    descriptor = socket(
      address.isIPv6 ? AF_INET6 : AF_INET,
      Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { return finish(.failure(.system(call: "socket", errno: errno))) }
    let result = address.withSockaddr { Glibc.connect(descriptor, $0, $1) }
    if result == 0 { return succeed() }
    if errno != EINPROGRESS { return finish(.failure(.system(call: "connect", errno: errno))) }
    do throws(TransportFailure) {
      try loop.register(descriptor, .write, self)
    } catch {
      return finish(.failure(error))
    }
    timer = loop.schedule(after: timeout) { self.finish(.failure(.connectTimeout)) }
  }

  func ready(_ events: ReadinessSet) {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    if code != 0 { return finish(.failure(.system(call: "connect", errno: code))) }
    loop.deregister(descriptor)
    succeed()
  }

  private func succeed() {
    do throws(TransportFailure) {
      let connection = try TCPConnection(
        loop: loop, descriptor: descriptor, remote: address, outboundLimit: outboundLimit)
      descriptor = -1
      finish(.success(connection))
    } catch {
      // The connection owned the descriptor from its first line on and has closed it.
      descriptor = -1
      finish(.failure(error))
    }
  }

  private func finish(_ result: Result<TCPConnection, TransportFailure>) {
    guard let completion else { return }
    self.completion = nil
    if let timer { loop.cancel(timer) }
    if descriptor >= 0 {
      loop.deregister(descriptor)
      Glibc.close(descriptor)
      descriptor = -1
    }
    completion(result)
  }
}
