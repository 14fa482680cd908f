import Crypto
import HTTP
import JSON
import Synchronization
import TestSupport
import Transport

@testable import SandboxWorld

/// A voice application in a test: answers the carrier as told, and keeps what it was asked with a verdict of its own
/// on the signature.
final class VoiceListener: Sendable {
  struct Request: Sendable {
    let method: String
    let path: String
    /// Fields of the form, or of the query.
    let fields: [String: String]
    let isSigned: Bool
    let headers: HTTPHeaders
  }

  struct Answer: Sendable {
    var status = 200
    var type = "text/xml"
    var body: String

    init(_ body: String, status: Int = 200, type: String = "text/xml") {
      self.body = body
      self.status = status
      self.type = type
    }
  }

  static let silent =
    "<Response><Record playBeep=\"false\" trim=\"do-not-trim\" timeout=\"20\" maxLength=\"90\" action=\"/action\" "
    + "recordingStatusCallback=\"/recordings\" recordingStatusCallbackEvent=\"completed absent\"/></Response>"

  let requests = AsyncBox<Request>()
  private let loop: EventLoop
  private let server: HTTPServer

  /// The answers of each path, given in turn, the last for good; an empty document for paths not named.
  init(_ answers: [String: [Answer]], token: String = "sandbox-carrier-token") async throws {
    loop = try EventLoop(name: "voice")
    let shared = requests
    let box = AnswerBox(answers)
    server = try HTTPServer(
      loop: loop, address: SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 1 << 20 }
    ) { request in
      let isGet = request.method == "GET"
      let text = isGet ? request.head.query ?? "" : String(decoding: request.body, as: UTF8.self)
      let fields = HTTPPercentDecoding.form(text) ?? []
      let url = "http://\(request.headers["host"] ?? "")\(request.head.target)"
      let signature = CarrierSignature.make(
        url: url, parameters: isGet ? [] : fields, token: Array(token.utf8))
      shared.put(
        Request(
          method: request.method, path: request.path,
          fields: Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first },
          isSigned: request.headers["x-twilio-signature"] == signature, headers: request.headers))
      let answer = box.next(request.path)
      return HTTPResponse(status: answer.status, bytes: Array(answer.body.utf8), contentType: answer.type)
    }
    try await server.start()
  }

  var url: String { "http://\(server.address)" }

  func next(_ path: String) async throws -> Request {
    let request = try await requests.next(within: .seconds(20), "the carrier's request for \(path)")
    guard request.path == path else { throw Unexpected(description: "asked for \(request.path), not \(path)") }
    return request
  }

  func stop() async {
    await server.drain(within: .milliseconds(200))
    loop.stop()
  }

  struct Unexpected: Error, CustomStringConvertible { let description: String }

  private final class AnswerBox: Sendable {
    private let answers: Mutex<[String: [Answer]]>

    init(_ answers: [String: [Answer]]) { self.answers = Mutex(answers) }

    func next(_ path: String) -> Answer {
      answers.withLock { answers in
        guard let waiting = answers[path], let first = waiting.first else { return Answer("<Response/>") }
        if waiting.count > 1 { answers[path]?.removeFirst() }
        return first
      }
    }
  }
}
