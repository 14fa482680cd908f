import HTTP
import Synchronization
import TestSupport
import Transport

/// A speech server that hears what a test tells it, the same in every recording unless told otherwise.
final class HearingDouble: Sendable {
  struct Words: Sendable {
    var text: String
    /// What a server calls `avg_logprob`: -0.05 is sure, -1 is not.
    var logProbability = -0.05
    /// Answered only once it is open.
    var latch: Latch?

    static let sure = Words(
      text: "Verification code is 123456. Verification code is 123456. Verification code is 123456.")
    static let unsure = Words(text: sure.text, logProbability: -1)
    static let customer = Words(text: "Hello, I would like to order two pizzas please.")
  }

  private struct State: Sendable {
    var ordered: [Words] = []
    var usual: Words
    var questions = 0
    var now = 0
    var most = 0
  }

  private let loop: EventLoop
  private let server = Mutex<HTTPServer?>(nil)
  private let state: Mutex<State>

  init(_ usual: Words = .sure) async throws {
    loop = try EventLoop(name: "hearing")
    state = Mutex(State(usual: usual))
    let server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 8 << 20 },
      handler: { [weak self] _ in await self?.answer() ?? .text("gone", status: 500) })
    try await server.start()
    self.server.withLock { $0 = server }
  }

  /// What a service is told of it.
  var settings: [String: String] {
    let port = server.withLock { Int($0?.address.port ?? 0) }
    return ["TRANSCRIBERS": "server", "TRANSCRIBER_URL": "http://127.0.0.1:\(port)"]
  }

  var questions: Int { state.withLock { $0.questions } }
  /// The most questions at the same time.
  var most: Int { state.withLock { $0.most } }

  /// Heard from now on.
  func hear(_ words: Words) { state.withLock { $0.usual = words } }
  /// Heard once each, in this order, before the usual.
  func order(_ words: Words...) { state.withLock { $0.ordered += words } }

  func stop() async {
    let running = server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let running else { return }
    await running.drain(within: .milliseconds(100))
    loop.stop()
  }

  private func answer() async -> HTTPResponse {
    let words = state.withLock { state in
      state.questions += 1
      state.now += 1
      state.most = max(state.most, state.now)
      return state.ordered.isEmpty ? state.usual : state.ordered.removeFirst()
    }
    defer { state.withLock { $0.now -= 1 } }
    if let latch = words.latch {
      do { try await latch.wait(within: .seconds(20), "the test to let the engine answer") } catch {
        return .text("never", status: 500)
      }
    }
    let body = """
      {"task":"transcribe","language":"english","duration":9.0,"text":"\(words.text)","segments":[{"id":0,"seek":0,\
      "start":0.0,"end":9.0,"text":"\(words.text)","temperature":0.0,"avg_logprob":\(words.logProbability),\
      "compression_ratio":1.1,"no_speech_prob":0.01}]}
      """
    return HTTPResponse(status: 200, bytes: Array(body.utf8), contentType: "application/json")
  }
}
