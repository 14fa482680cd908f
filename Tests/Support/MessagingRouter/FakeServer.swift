package import HTTP
import Synchronization
package import TestSupport
import Transport

/// A small HTTP server that plays Meta or a model server; every request is kept.
package final class FakeServer: Sendable {
  package typealias Answer = @Sendable (HTTPRequest) async -> HTTPResponse

  /// Requests in the order of their arrival.
  package let arrived: AsyncBox<HTTPRequest>
  package let port: UInt16
  private let answer: Script
  private let loop: EventLoop
  private let server: HTTPServer

  private final class Script: Sendable {
    let answer: Mutex<Answer>
    let aside = Mutex<(@Sendable (HTTPRequest) async -> HTTPResponse?)?>(nil)
    let count = Mutex(0)
    init(_ answer: @escaping Answer) { self.answer = Mutex(answer) }
  }

  package init(_ answer: @escaping Answer) async throws {
    let script = Script(answer)
    let arrived = AsyncBox<HTTPRequest>()
    loop = try EventLoop(name: "fake")
    server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 4 << 20 }
    ) { request in
      if let aside = script.aside.withLock({ $0 }), let answer = await aside(request) { return answer }
      script.count.withLock { $0 += 1 }
      arrived.put(request)
      return await script.answer.withLock { $0 }(request)
    }
    self.answer = script
    self.arrived = arrived
    port = server.address.port
    try await server.start()
  }

  /// How many requests came.
  package var requests: Int { answer.count.withLock { $0 } }
  package var url: String { "http://127.0.0.1:\(port)" }

  /// What is answered from now on.
  package func answering(_ answer: @escaping Answer) { self.answer.answer.withLock { $0 = answer } }

  /// What this answers is neither counted nor kept; with nil the request goes the usual way.
  package func answeringAside(_ answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse?) {
    self.answer.aside.withLock { $0 = answer }
  }

  /// From now on nobody listens on its port.
  package func stop() async {
    await server.drain(within: .milliseconds(200))
    loop.stop()
  }
}
