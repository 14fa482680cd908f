package import Outbound

/// Why a carrier's call gave no result. The cases differ in what the caller may do next.
package enum CarrierFailure: Error, Sendable {
  /// The carrier answered with an error: the effect did not happen.
  case answered(CarrierError)
  /// Provably nothing reached the carrier: safe to try again.
  case notSent(OutboundFailure)
  /// The request may have reached the carrier and no usable answer came back: look first, never repeat blindly.
  case unknown(String)

  /// How long the carrier wants to be left in peace, from its `Retry-After`.
  package var retryAfterMilliseconds: Int64? {
    if case .answered(let error) = self { error.retryAfterMilliseconds } else { nil }
  }

  /// One line for logs and reasons; never holds a token.
  package var message: String {
    switch self {
    case .answered(let error): error.summary
    case .notSent(let failure): "not sent: \(failure.message)"
    case .unknown(let why): "no usable answer: \(why)"
    }
  }
}

/// The carrier's error object `{code, message, more_info, status}` (Twilio's REST API).
package struct CarrierError: Error, Sendable, Equatable {
  package var httpStatus: Int
  /// The carrier's code, for example 21422; 0 when the body was not its error shape.
  package var code: Int
  package var message: String
  /// From the `Retry-After` header, in milliseconds.
  package var retryAfterMilliseconds: Int64?

  package init(httpStatus: Int, code: Int, message: String, retryAfterMilliseconds: Int64? = nil) {
    self.httpStatus = httpStatus
    self.code = code
    self.message = message
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }

  package var summary: String { "the carrier answered \(code) (HTTP \(httpStatus)): \(message.prefix(300))" }

  /// The object named in the path is not there.
  package var isNotFound: Bool { httpStatus == 404 || code == 20_404 }

  /// Account id or token are not the carrier's: 20003, or a bare 401.
  package var isAuthentication: Bool { code == 20_003 || httpStatus == 401 }

  /// Too many requests (20429), or the carrier is down for the moment: worth trying again.
  package var isPassing: Bool { code == 20_429 || httpStatus == 429 || (500..<600).contains(httpStatus) }
}
