/// Why no answer came back.
package struct OutboundFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The URL, the method or a header cannot be sent as given.
    case badRequest
    /// The egress guard or its configuration-time check refused the target.
    case egressDenied(EgressDenial)
    /// The name has no address now.
    case resolveFailed
    /// No address accepted a connection.
    case connectFailed
    case connectTimeout
    /// No trusted TLS session could be set up.
    case tlsFailed
    /// The answer was not complete in time.
    case timeout
    /// The connection ended, or the other side spoke something else than HTTP, before the answer was complete.
    case closedBeforeAnswer
    /// The waiting task was cancelled, or the client closed.
    case cancelled
    /// This client's own queue is full, or no slot came free in time.
    case overloaded
  }

  package let kind: Kind
  /// True only where it is certain that the other side cannot have received the complete request.
  package let neverLeft: Bool
  /// For logs and operators; holds no header values and no body.
  package let message: String
  /// The address the egress guard dialled, where it got that far.
  package var dialledAddress: String?

  package init(_ kind: Kind, neverLeft: Bool, _ message: String, dialledAddress: String? = nil) {
    self.kind = kind
    self.neverLeft = neverLeft
    self.message = message
    self.dialledAddress = dialledAddress
  }

  /// The answer's head is one that URLSession does not read, such as one with no space behind a header's colon.
  package var isUnreadableHead: Bool { kind == .closedBeforeAnswer && message.hasPrefix("Failed writing header") }

  package var description: String { "\(kind): \(message)\(neverLeft ? " (never left)" : "")" }
}
