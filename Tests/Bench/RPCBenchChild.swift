import Foundation
import Glibc
import Synchronization
import Telemetry
import Transport
import Wire

/// The serving process of the RPC bench: this executable again, with `rpc-server` and what to serve.
enum RPCBenchChild {
  static let argument = "rpc-server"

  /// Serves until standard input ends, if the arguments ask for it. The first line of standard input is the key, the
  /// first line of standard output the port.
  static func serveIfAsked(_ arguments: [String]) async throws -> Bool {
    guard arguments.count == 3, arguments[1] == argument, let keyLine = readLine() else { return false }
    let loop = try EventLoop(name: "bench-server")
    switch arguments[2] {
    case "calls": try await serveCalls(loop, keyLine)
    case "frames": try await serveFrames(loop)
    default: try serveBlocking()
    }
    while readLine() != nil {}
    return true
  }

  private static func serveCalls(_ loop: EventLoop, _ keyLine: String) async throws {
    var router = Router()
    router.on { (call: RPCBenchCall, _) in RPCBenchCall.answer(call) }
    var limits = RPCLimits()
    limits.inFlightPerConnection = 20_000
    let server = try RPCServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), service: .messagingRouter,
      keys: try PairKeys(parsing: keyLine), router: router, limits: limits, log: .silent, metrics: Metrics())
    try await server.start()
    announce(Int(server.address.port))
    kept.withLock { $0.append(server) }
  }

  /// The floor: the same frames come back over the same loop, unread.
  private static func serveFrames(_ loop: EventLoop) async throws {
    let listener = try TCPListener(loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0))
    let started = await loop.perform { () -> Result<Void, TransportFailure> in
      Result { () throws(TransportFailure) in
        try listener.accept { connection in
          var splitter = FrameSplitter(limit: 1 << 20)
          connection.onBytes = { [unowned connection] bytes in
            splitter.append(bytes)
            while let body = try? splitter.next() { connection.write(RPCBenchFrames.frame(body)) }
          }
          connection.resumeReading()
        }
      }
    }
    try started.get()
    announce(Int(listener.address.port))
    kept.withLock { $0.append(listener) }
  }

  /// A bare echo: one thread that reads and writes.
  private static func serveBlocking() throws {
    let (descriptor, port) = try RPCBenchSocket.listen()
    let thread = Thread {
      while case let client = accept(descriptor, nil, nil), client >= 0 {
        RPCBenchSocket.noDelay(client)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(client, &buffer, buffer.count, 0), count > 0 { _ = send(client, buffer, count, 0) }
        close(client)
      }
    }
    thread.start()
    announce(port)
  }

  /// What serves must outlive the function that made it.
  private static let kept = Mutex<[any Sendable]>([])

  private static func announce(_ port: Int) {
    print(port)
    fflush(nil)
  }
}
