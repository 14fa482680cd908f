package import Outbound

/// Why a Graph call gave no result. The cases differ in what the caller may do next.
package enum GraphFailure: Error, Sendable {
  /// Meta answered with an error: the effect did not happen.
  case answered(GraphError)
  /// Provably nothing reached Meta: safe to try again.
  case notSent(OutboundFailure)
  /// The request may have reached Meta and no usable answer came back: reconcile, never repeat blindly.
  case unknown(String)

  /// One line for logs and reasons; never holds a token.
  package var message: String {
    switch self {
    case .answered(let error): error.summary
    case .notSent(let failure): "not sent: \(failure.message)"
    case .unknown(let why): "no usable answer: \(why)"
    }
  }
}

/// Meta's error object. Build on `code` and `details`; titles, HTTP statuses and subcodes change
/// (facts: Graph API error shape).
package struct GraphError: Error, Sendable, Equatable {
  package var httpStatus: Int
  /// Meta's code; 0 when the body was not Meta's error shape.
  package var code: Int
  /// Meta calls it deprecated and still tells some refusals apart by nothing else (2388001, a number on WhatsApp).
  package var subcode: Int?
  package var message: String
  package var details: String?
  package var userMessage: String?
  package var traceID: String?
  package var isTransient: Bool
  /// How much of the account's calls are used up, when Meta said so with its refusal.
  package var usage: GraphUsage?
  /// From the `Retry-After` header, in milliseconds.
  package var retryAfterMilliseconds: Int64?

  package init(
    httpStatus: Int, code: Int, message: String, details: String? = nil, userMessage: String? = nil,
    traceID: String? = nil,
    isTransient: Bool = false, retryAfterMilliseconds: Int64? = nil
  ) {
    self.httpStatus = httpStatus
    self.code = code
    subcode = nil
    self.message = message
    self.details = details
    self.userMessage = userMessage
    self.traceID = traceID
    self.isTransient = isTransient
    usage = nil
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }

  package var summary: String {
    "Meta answered \(code) (HTTP \(httpStatus)): \(message)" + (details.map { " – \($0)" } ?? "")
  }

  /// The token is invalid or expired: the sender must be reconnected.
  package var isTokenProblem: Bool { code == 190 || code == 0 && httpStatus == 401 }

  /// Whether a send that got this answer may be tried again later, by Meta's error table.
  package var mayRetrySend: Bool {
    switch code {
    case 1, 2, 4, 80_007, 130_429, 131_000, 131_016, 131_056, 131_057, 133_004: true
    default: isTransient
    }
  }
}
