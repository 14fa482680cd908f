import HTTP
import Synchronization
import TestSupport
import Transport

/// A real server on port 0 for one test, and what it told its observer.
final class HTTPNeighbour: Sendable {
  struct Finished: Equatable {
    var method: String
    var route: String
    var status: Int
  }

  struct Seen {
    var finished: [Finished] = []
    var rejected: [String] = []
    var mostConnections = 0
  }

  let loop: EventLoop
  let server: HTTPServer
  private let state: Box

  /// A class, so that the observer's closures can hold it.
  private final class Box: Sendable {
    let seen = Mutex(Seen())
  }

  var seen: Seen { state.seen.withLock { $0 } }
  var port: UInt16 { server.address.port }

  init(
    limits: HTTPLimits = HTTPLimits(), bodyLimit: @escaping @Sendable (HTTPRequestHead) -> Int = { _ in 1 << 20 },
    streams: @escaping @Sendable (HTTPRequestHead) -> Bool = { _ in false }, _ handler: @escaping HTTPServer.Handler
  ) async throws {
    let state = Box()
    self.state = state
    loop = try EventLoop(name: "http-test")
    let observer = HTTPObserver(
      requestFinished: { method, route, status, _ in
        state.seen.withLock { $0.finished.append(Finished(method: method, route: route, status: status)) }
      },
      rejected: { code, _ in state.seen.withLock { $0.rejected.append(code) } },
      connectionsChanged: { open in
        state.seen.withLock { $0.mostConnections = max($0.mostConnections, open) }
      })
    server = try HTTPServer(
      loop: loop, address: SocketAddress(host: "127.0.0.1", port: 0), limits: limits, observer: observer,
      bodyLimit: bodyLimit, streams: streams, handler: handler)
    try await server.start()
  }

  /// Runs `body` against a server and stops it.
  static func run(
    limits: HTTPLimits = HTTPLimits(), bodyLimit: @escaping @Sendable (HTTPRequestHead) -> Int = { _ in 1 << 20 },
    streams: @escaping @Sendable (HTTPRequestHead) -> Bool = { _ in false }, _ handler: @escaping HTTPServer.Handler,
    _ body: (HTTPNeighbour) async throws -> Void
  ) async throws {
    let neighbour = try await HTTPNeighbour(limits: limits, bodyLimit: bodyLimit, streams: streams, handler)
    do {
      try await body(neighbour)
    } catch {
      await neighbour.stop()
      throw error
    }
    await neighbour.stop()
  }

  func client(receiveBuffer: Int32? = nil) throws -> RawSocket {
    try RawSocket(port: port, receiveBuffer: receiveBuffer)
  }

  /// Waits, with a limit, until `condition` holds.
  func eventually(_ condition: (Seen) -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      if condition(seen) { return true }
      try? await Task.sleep(for: .milliseconds(2))
    }
    return condition(seen)
  }

  private func stop() async {
    await server.drain(within: .milliseconds(100))
    loop.stop()
  }
}

/// An answer as it came over the wire.
struct RawAnswer {
  var status: Int
  var head: String
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? {
    for line in head.split(separator: "\r\n").dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts[0].lowercased() == name.lowercased() { return String(parts[1].drop { $0 == " " }) }
    }
    return nil
  }
}

/// What should have been an answer.
struct RawAnswerFailure: Error {
  var head: String
}

extension RawSocket {
  /// Reads one answer: by length, by chunks, or, with neither, without a body.
  func receiveAnswer(isHead: Bool = false, timeout: Duration = .seconds(10)) throws -> RawAnswer {
    let head = try receive(until: "\r\n\r\n", timeout: timeout)
    // Bytes left over from the answer before show here.
    if !head.hasPrefix("HTTP/1.1 ") { throw RawAnswerFailure(head: head) }
    var answer = RawAnswer(status: Int(head.split(separator: " ")[1]) ?? 0, head: head, body: [])
    if isHead { return answer }
    if let length = answer.header("content-length").flatMap({ Int($0) }) {
      answer.body = try receive(count: length, timeout: timeout)
    } else if answer.header("transfer-encoding") == "chunked" {
      while true {
        let size = try receive(until: "\r\n", timeout: timeout).dropLast(1)
        let count = Int(size, radix: 16) ?? 0
        answer.body += try receive(count: count, timeout: timeout)
        if try receive(count: 2, timeout: timeout) != [13, 10] { throw RawSocketFailure.tooMuch }
        if count == 0 { return answer }
      }
    }
    return answer
  }
}
