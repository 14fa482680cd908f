import JSON

/// A frame once read: what kind it is and what it says. The body is parsed once; `params` and `result` stay where
/// they are until their types are known.
package enum Envelope: Sendable {
  case hello(Hello)
  /// The 32 bytes of the proof.
  case proof([UInt8])
  case request(RequestEnvelope)
  case response(ResponseEnvelope)
  case cancel(id: Int64)
  case ping(id: Int64)
  case pong(id: Int64)
  case goaway(Goaway)

  /// Ids count up from 1 and stay within what every JSON reader takes exactly.
  package static let ids: ClosedRange<Int64> = 1...(1 << 53 - 1)
  /// A day: longer waits are not calls.
  package static let longestTimeoutMilliseconds: Int64 = 86_400_000

  /// Reads the body of a frame. Members this version does not know are ignored; a kind it does not know is refused.
  package init(_ body: [UInt8], limit: Int) throws(FrameFailure) {
    let document: JSONDocument
    do throws(JSONFailure) {
      document = try JSONDocument(parsing: body, limits: JSONLimits(maxBytes: limit))
    } catch {
      throw .malformed(error.description)
    }
    let frame = document.root
    guard frame.kind == .object else { throw .malformed("not an object") }
    guard let kind = frame["kind"], kind.kind == .string else { throw .badMember("kind must be a string") }
    if kind.stringEquals("request") {
      self = .request(try RequestEnvelope(frame))
    } else if kind.stringEquals("response") {
      self = .response(try ResponseEnvelope(frame))
    } else if kind.stringEquals("cancel") {
      self = .cancel(id: try frame.id())
    } else if kind.stringEquals("ping") {
      self = .ping(id: try frame.id())
    } else if kind.stringEquals("pong") {
      self = .pong(id: try frame.id())
    } else if kind.stringEquals("goaway") {
      self = .goaway(try Goaway(frame))
    } else if kind.stringEquals("hello") {
      self = .hello(try Hello(frame))
    } else if kind.stringEquals("proof") {
      self = .proof(try frame.base64("mac", count: 32))
    } else {
      throw .unknownKind(String((kind.string ?? "").prefix(64)))
    }
  }

  /// The kind's word, for messages.
  package var kind: String {
    switch self {
    case .hello: "hello"
    case .proof: "proof"
    case .request: "request"
    case .response: "response"
    case .cancel: "cancel"
    case .ping: "ping"
    case .pong: "pong"
    case .goaway: "goaway"
    }
  }
}
