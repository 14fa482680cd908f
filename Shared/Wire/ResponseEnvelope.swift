package import JSON

/// A `response` frame.
package struct ResponseEnvelope: Sendable {
  package let id: Int64
  package let outcome: Result<JSONNode, CallFailure>

  init(_ frame: JSONNode) throws(FrameFailure) {
    id = try frame.id()
    switch (frame["result"], frame["error"]) {
    case (let result?, nil):
      outcome = .success(result)
    case (nil, let error?):
      do throws(JSONDecodingFailure) {
        outcome = .failure(try error.decode(CallFailure.self))
      } catch {
        throw .badMember("error: \(error)")
      }
    default:
      throw .badMember("a response has either result or error")
    }
  }
}
