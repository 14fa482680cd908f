import Dispatch
import Transport
import Telemetry
import JSON
import TestSupport
import Wire

/// A caller made of a raw socket: a real handshake, then exactly the bytes a test wants to send.
///
/// What blocks runs on a thread of its own, so that a test that waits here keeps no other test from running.
/// `@unchecked Sendable`: a test uses it one step at a time.
struct RawCaller: @unchecked Sendable {
  let socket: RawSocket

  /// Connects and says nothing.
  init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    socket = try RawSocket(port: port, receiveBuffer: receiveBuffer)
  }

  /// Connects to a loopback service and proves itself as its caller.
  init(_ service: LoopbackService, as name: ServiceName = .senderRegistry, receiveBuffer: Int32? = nil) async throws {
    try self.init(port: service.server.address.port, receiveBuffer: receiveBuffer)
    var handshake = try HandshakeInitiator(
      service: name, peer: service.peer.name, keys: service.callerKeys, frameBytes: 1 << 20, inFlight: 256)
    try socket.send(handshake.opening)
    while true {
      switch try handshake.received(try await receiveBody()) {
      case .send(let frame): try socket.send(frame)
      case .established: return
      }
    }
  }

  /// Sends a body with its length.
  func send(_ body: String) throws { try socket.send(FrameSplitterTests.frame(Array(body.utf8))) }

  /// Sends a request for `test.…`.
  func request(_ id: Int, _ method: String, _ params: String = "{}", timeout: Int = 50_000) throws {
    try send(
      #"{"kind":"request","id":\#(id),"method":"\#(method)","timeout_ms":\#(timeout),"params":\#(params)}"#)
  }

  func receiveBody() async throws -> [UInt8] { try await Self.blocking { [self] in try receiveBodyBlocking() } }

  func receiveBodyBlocking() throws -> [UInt8] {
    let header = try socket.receive(count: 4, timeout: .seconds(30))
    let length = header.reduce(0) { $0 << 8 | Int($1) }
    return try socket.receive(count: length, timeout: .seconds(30))
  }

  /// The next frame.
  func receive() async throws -> JSONValue { try JSONValue(parsing: try await receiveBody()) }

  /// The reason of the goodbye that comes next, and that the connection ends after it.
  func goodbye() async throws -> String? {
    let frame = try await receive()
    guard frame["kind"] == "goaway" else { return nil }
    _ = try await Self.blocking { [self] in try socket.receiveToEnd(timeout: .seconds(30)) }
    return frame["reason"]?.string
  }

  /// Runs what blocks away from the threads that tasks share.
  static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
  }
}
