import Glibc
import Synchronization

/// A server that does exactly what a test tells it, byte by byte: one thread per connection, blocking sockets.
///
/// `@unchecked Sendable`: the descriptor is written once, counters sit behind a mutex.
final class RawServer: @unchecked Sendable {
  let port: Int
  private let descriptor: Int32
  private let handler: @Sendable (RawConnection) -> Void
  private let counts = Mutex((connections: 0, heads: 0, requests: 0))

  /// Connections accepted, request heads seen complete, requests seen complete with their bodies.
  var connections: Int { counts.withLock { $0.connections } }
  var heads: Int { counts.withLock { $0.heads } }
  var requests: Int { counts.withLock { $0.requests } }

  init(host: String = "127.0.0.1", _ handler: @escaping @Sendable (RawConnection) -> Void) throws {
    self.handler = handler
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, host, &address.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = descriptor
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, length) == 0 && listen(socket, 128) == 0 && getsockname(socket, address, &length) == 0
      }
    }
    guard result else { throw RawServerFailure.cannotListen }
    port = Int(UInt16(bigEndian: address.sin_port))
    startThread { self.acceptAll() }
  }

  enum RawServerFailure: Error { case cannotListen }

  /// Ends the accepting thread; open connections end when their peers do.
  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func acceptAll() {
    while true {
      let accepted = accept(descriptor, nil, nil)
      if accepted < 0 { break }
      counts.withLock { $0.connections += 1 }
      startThread {
        let connection = RawConnection(accepted, server: self)
        self.handler(connection)
        connection.close()
      }
    }
    Glibc.close(descriptor)
  }

  fileprivate func sawHead() { counts.withLock { $0.heads += 1 } }
  fileprivate func sawRequest() { counts.withLock { $0.requests += 1 } }
}

/// Runs `body` on a thread of its own.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let argument = Unmanaged.passRetained(Box(body)).toOpaque()
  pthread_create(
    &thread, nil,
    { argument in
      if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    }, argument)
  pthread_detach(thread)
}

/// One blocking connection of a `RawServer`, or one a test opened itself. Used by one thread.
///
/// `@unchecked Sendable`: handed to one thread and used there only.
final class RawConnection: @unchecked Sendable {
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private let server: RawServer?

  init(_ descriptor: Int32, server: RawServer?) {
    self.descriptor = descriptor
    self.server = server
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Connects to the loopback.
  convenience init?(port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    self.init(descriptor, server: nil)
  }

  /// The next request: its head as text and its body by Content-Length. Nil at the end of the stream.
  func readRequest() -> (head: String, body: [UInt8])? {
    guard let head = readHead() else { return nil }
    server?.sawHead()
    let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
    while buffer.count < length ?? 0 { if !fill() { return nil } }
    let body = Array(buffer.prefix(length ?? 0))
    buffer.removeFirst(body.count)
    server?.sawRequest()
    return (head, body)
  }

  /// Text up to and with the empty line.
  func readHead() -> String? {
    while true {
      if let end = endOfHead() {
        let head = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end)
        return head
      }
      if !fill() { return nil }
    }
  }

  /// Everything until the other side closes, at most `limit` bytes.
  func readAll(limit: Int = 1 << 20) -> String {
    while buffer.count < limit, fill() {}
    return String(decoding: buffer, as: UTF8.self)
  }

  /// True when the other side closed (or reset) without sending more.
  func isAtEnd() -> Bool { buffer.isEmpty && !fill() }

  @discardableResult
  func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  private func endOfHead() -> Int? {
    guard buffer.count >= 4 else { return nil }
    for index in 3..<buffer.count
    where buffer[index] == 10 && buffer[index - 1] == 13 && buffer[index - 2] == 10 && buffer[index - 3] == 13 {
      return index + 1
    }
    return nil
  }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    if count <= 0 { return false }
    buffer.append(contentsOf: chunk[..<count])
    return true
  }
}
