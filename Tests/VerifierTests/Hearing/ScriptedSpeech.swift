import HTTP
import Synchronization
import TestSupport
import Transport

/// A speech server that gives the answers a test has ordered, and remembers what it was asked.
final class ScriptedSpeech: Sendable {
  enum Answer: Sendable {
    case json(String, status: Int = 200)
    case bytes([UInt8], status: Int = 200, type: String = "text/plain")
    /// Nothing, until the latch opens.
    case held(Latch)
  }

  struct Question: Sendable {
    let path: String
    let authorization: String?
    let fields: [(name: String, value: String)]
    let file: [UInt8]

    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
  }

  private let loop: EventLoop
  private let server = Mutex<HTTPServer?>(nil)
  private let state = Mutex<(ordered: [Answer], questions: [Question])>(([], []))
  /// A value for each question that came in.
  let asked = AsyncBox<Void>()

  init(_ answers: Answer...) async throws {
    loop = try EventLoop(name: "speech")
    state.withLock { $0.ordered = answers }
    let server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 8 << 20 },
      handler: { [weak self] request in await self?.answer(request) ?? .text("gone", status: 500) })
    try await server.start()
    self.server.withLock { $0 = server }
  }

  var url: String { "http://127.0.0.1:\(server.withLock { Int($0?.address.port ?? 0) })" }
  var questions: [Question] { state.withLock { $0.questions } }

  func order(_ answers: Answer...) { state.withLock { $0.ordered += answers } }

  func stop() async {
    let running = server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let running else { return }
    await running.drain(within: .milliseconds(100))
    loop.stop()
  }

  private func answer(_ request: HTTPRequest) async -> HTTPResponse {
    let question = Self.question(request)
    let ordered = state.withLock { state -> Answer? in
      state.questions.append(question)
      return state.ordered.isEmpty ? nil : state.ordered.removeFirst()
    }
    asked.put(())
    switch ordered {
    case .json(let text, let status):
      return HTTPResponse(status: status, bytes: Array(text.utf8), contentType: "application/json")
    case .bytes(let bytes, let status, let type): return HTTPResponse(status: status, bytes: bytes, contentType: type)
    case .held(let latch):
      do { try await latch.wait(within: .seconds(20)) } catch {}
      return HTTPResponse(status: 500)
    case nil: return .text("nothing was ordered", status: 500)
    }
  }

  /// Takes a form apart, written as RFC 7578 says.
  private static func question(_ request: HTTPRequest) -> Question {
    var (fields, file) = ([(name: String, value: String)](), [UInt8]())
    let boundary = request.headers["Content-Type"]?.split(separator: "boundary=").last ?? ""
    for part in split(request.body, Array("--\(boundary)".utf8)).dropFirst().dropLast() {
      guard let end = split(part, [13, 10, 13, 10]).first?.count else { continue }
      let head = String(decoding: part.prefix(end), as: UTF8.self)
      let content = Array(part.dropFirst(end + 4).dropLast(2))
      let name = head.split(separator: " name=\"").last?.split(separator: "\"").first ?? ""
      if head.contains("filename=\"call.wav\"\r\nContent-Type: audio/wav") {
        file = content
      } else {
        fields.append((String(name), String(decoding: content, as: UTF8.self)))
      }
    }
    return Question(
      path: request.path, authorization: request.headers["Authorization"], fields: fields, file: file)
  }

  private static func split(_ bytes: [UInt8], _ mark: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    var at = 0
    while at < bytes.count {
      if bytes[at...].starts(with: mark) {
        parts.append([])
        at += mark.count
      } else {
        parts[parts.count - 1].append(bytes[at])
        at += 1
      }
    }
    return parts
  }
}
