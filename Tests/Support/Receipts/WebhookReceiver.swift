package import HTTP
import Synchronization
package import TestSupport
import Transport

/// A business's endpoint: a real HTTP server that hands every POST to the test and answers as it was told.
package final class WebhookReceiver: Sendable {
  /// Answers the request; the number counts the requests from 1.
  package typealias Answer = @Sendable (HTTPRequest, Int) async -> HTTPResponse

  /// The requests in the order in which they came.
  package let requests = AsyncBox<HTTPRequest>()
  private let loop: EventLoop
  private let server: HTTPServer
  private let counted: Counted

  private final class Counted: Sendable {
    let number = Mutex(0)
    func next() -> Int {
      number.withLock {
        $0 += 1; return $0
      }
    }
  }

  /// Starts on a port of the kernel's choice. Every answer is 200 unless told otherwise.
  package init(answer: @escaping Answer = { _, _ in .text("thanks") }) async throws {
    loop = try EventLoop(name: "receiver")
    let counted = Counted()
    self.counted = counted
    server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 1 << 20 }
    ) { [requests] request in
      let number = counted.next()
      requests.put(request)
      return await answer(request, number)
    }
    try await server.start()
  }

  /// Where it listens, plain http.
  package var url: String { "http://127.0.0.1:\(port)/receipts" }
  /// Its port.
  package var port: Int { Int(server.address.port) }
  /// Requests seen so far.
  package var count: Int { counted.number.withLock { $0 } }

  /// Ends it and its thread; what still runs is cut after a second.
  package func stop() async {
    await server.drain(within: .seconds(1))
    loop.stop()
  }
}
