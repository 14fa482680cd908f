package import JSON

/// Why a call did not give its reply, in the form both ends and the REST API share.
package struct CallFailure: Error, Codable, Sendable, Equatable {
  /// What kind of failure it is; PROTOCOL.md says when to choose which.
  package enum Code: String, Codable, Sendable, CaseIterable {
    case cancelled
    case invalidArgument = "invalid_argument"
    case deadlineExceeded = "deadline_exceeded"
    case notFound = "not_found"
    case alreadyExists = "already_exists"
    case permissionDenied = "permission_denied"
    case resourceExhausted = "resource_exhausted"
    case failedPrecondition = "failed_precondition"
    case aborted
    case unimplemented
    case `internal`
    case unavailable
    case dataLoss = "data_loss"
    case unauthenticated
  }

  package var code: Code
  /// A stable `UPPER_SNAKE` word that programs may test for, such as `SENDER_OFFLINE`.
  package var reason: String
  /// For people: what failed, with what, and where there is one the remedy.
  package var message: String
  /// Data that belongs to `reason`; `field` names the offending input.
  package var details: JSONValue?
  /// Whether, and when, the same call may be tried again.
  package var retry: CallRetry
  /// False when the owner certainly did not begin: trying again is always safe. Nil when that is not known.
  package var started: Bool?
  /// True when it comes from further down and is only passed on: whoever was next to it has tried again already.
  package var relayed: Bool?

  /// A failure with everything said.
  package init(
    _ code: Code, _ reason: String, _ message: String, details: JSONValue? = nil, retry: CallRetry = .never,
    started: Bool? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.details = details
    self.retry = retry
    self.started = started
    relayed = nil
  }
}

extension CallFailure {
  /// Reads what a peer sent. Only `code` is indispensable: a newer or a careless peer is still understood.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let word = try container.decode(String.self, forKey: .code)
    code = Code(rawValue: word) ?? .internal
    reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? "UNKNOWN"
    message = try container.decodeIfPresent(String.self, forKey: .message) ?? word
    details = try container.decodeIfPresent(JSONValue.self, forKey: .details)
    retry = try container.decodeIfPresent(CallRetry.self, forKey: .retry) ?? .never
    started = try container.decodeIfPresent(Bool.self, forKey: .started)
    relayed = try container.decodeIfPresent(Bool.self, forKey: .relayed)
  }
}

extension CallFailure: CustomStringConvertible {
  package var description: String { "\(code.rawValue) \(reason): \(message)" }
}
