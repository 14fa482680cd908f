package import Telemetry

/// What a handler knows about the call besides its fields.
///
/// Whether the caller has called it off is `Task.isCancelled`.
package struct CallContext: Sendable {
  /// The service that called, proven by its key.
  package var caller: ServiceName
  /// The account it acts for; only the front door may set it, and owners filter every query by it.
  package var account: String?
  /// The person or key behind it, for audit; only the front door may set it.
  package var actor: String?
  /// The caller's idempotency key.
  package var key: String?
  /// Where the call belongs in a trace.
  package var trace: TraceContext?
  /// When the caller stops waiting.
  package var deadline: Deadline

  /// A context; tests and local calls may leave out what they do not need.
  package init(
    caller: ServiceName, account: String? = nil, actor: String? = nil, key: String? = nil,
    trace: TraceContext? = nil, deadline: Deadline = .after(.seconds(5))
  ) {
    self.caller = caller
    self.account = account
    self.actor = actor
    self.key = key
    self.trace = trace
    self.deadline = deadline
  }

  /// The time left, to be passed on to the next hop.
  package var remaining: Duration { deadline.remaining }
}
