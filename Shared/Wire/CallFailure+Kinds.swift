package import JSON

/// The usual failures, worded once.
extension CallFailure {
  /// The input is wrong whatever the state; `field` is its snake_case path, such as `profile.about`.
  package static func invalidArgument(_ reason: String, _ message: String, field: String? = nil) -> CallFailure {
    CallFailure(.invalidArgument, reason, message, details: field.map { ["field": .string($0)] })
  }

  /// What the call names does not exist, or not for this account.
  package static func notFound(_ reason: String, _ message: String) -> CallFailure {
    CallFailure(.notFound, reason, message)
  }

  /// What the call would create is there already.
  package static func alreadyExists(_ reason: String, _ message: String) -> CallFailure {
    CallFailure(.alreadyExists, reason, message)
  }

  /// The input is right but the state does not allow it now; something else must happen first.
  package static func failedPrecondition(_ reason: String, _ message: String, details: JSONValue? = nil)
    -> CallFailure
  {
    CallFailure(.failedPrecondition, reason, message, details: details)
  }

  /// The caller is known and may not do this.
  package static func permissionDenied(_ reason: String, _ message: String) -> CallFailure {
    CallFailure(.permissionDenied, reason, message, started: false)
  }

  /// The caller is not known.
  package static func unauthenticated(_ reason: String, _ message: String) -> CallFailure {
    CallFailure(.unauthenticated, reason, message, started: false)
  }

  /// A limit or quota is used up; `retryAfter` says when it may be free again.
  package static func resourceExhausted(_ reason: String, _ message: String, retryAfter: Duration? = nil)
    -> CallFailure
  {
    CallFailure(.resourceExhausted, reason, message, retry: retry(after: retryAfter) ?? .same)
  }

  /// It collided with something that ran at the same time; read again and try anew.
  package static func aborted(_ reason: String, _ message: String) -> CallFailure {
    CallFailure(.aborted, reason, message, retry: .same)
  }

  /// The owner, or something it needs, cannot be reached now.
  package static func unavailable(
    _ reason: String, _ message: String, retryAfter: Duration? = nil, started: Bool? = nil
  ) -> CallFailure {
    CallFailure(.unavailable, reason, message, retry: retry(after: retryAfter) ?? .same, started: started)
  }

  /// The time ran out; whether it happened is not known.
  package static func deadlineExceeded(_ message: String, reason: String = "DEADLINE_EXCEEDED", started: Bool? = nil)
    -> CallFailure
  {
    CallFailure(.deadlineExceeded, reason, message, retry: .same, started: started)
  }

  /// The caller called it off.
  package static func cancelled(_ message: String, reason: String = "CANCELLED", started: Bool? = nil) -> CallFailure {
    CallFailure(.cancelled, reason, message, started: started)
  }

  /// The owner has no such method or does not do this.
  package static func unimplemented(_ reason: String, _ message: String) -> CallFailure {
    CallFailure(.unimplemented, reason, message, started: false)
  }

  /// A mistake of ours; the message says nothing about the inside.
  package static func `internal`(_ message: String = "internal error", reason: String = "INTERNAL") -> CallFailure {
    CallFailure(.internal, reason, message)
  }

  private static func retry(after wait: Duration?) -> CallRetry? {
    guard let wait else { return nil }
    let (seconds, attoseconds) = wait.components
    let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    return .afterMilliseconds(Int(min(max(0, milliseconds), 86_400_000).rounded(.up)))
  }
}
