package import JSON
package import Telemetry

/// A `request` frame.
package struct RequestEnvelope: Sendable {
  package let id: Int64
  package let method: String
  /// The time the caller will still wait.
  package let timeoutMilliseconds: Int64
  /// Always an object.
  package let params: JSONNode
  package let key: String?
  package let trace: TraceContext?
  package let account: String?
  package let actor: String?

  init(_ frame: JSONNode) throws(FrameFailure) {
    id = try frame.id()
    guard let method = frame["method"]?.string, (1...128).contains(method.utf8.count) else {
      throw .badMember("method must be a string of 1 to 128 bytes")
    }
    self.method = method
    timeoutMilliseconds = try frame.integer("timeout_ms", in: 0...Envelope.longestTimeoutMilliseconds)
    guard let params = frame["params"], params.kind == .object else { throw .badMember("params must be an object") }
    self.params = params
    key = try frame.text("key")
    account = try frame.text("account")
    actor = try frame.text("actor")
    // W3C Trace Context: what cannot be read is as good as absent.
    trace = frame["trace"]?.string.flatMap { TraceContext(traceparent: $0) }
  }
}
