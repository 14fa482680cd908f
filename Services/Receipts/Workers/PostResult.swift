import Outbound

/// What came of one POST.
struct PostResult: Sendable, Equatable {
  var status: Int?
  /// Why there was no answer, as the webhook's owner is told: `timeout`, `connect_failed`, …
  var errorClass: String?
  /// What the operator is told instead, where that would tell others of the inside of a network.
  var reason: String?
  /// The beginning of the answer's body.
  var response: String?
  /// What the egress guard connected to.
  var dialledAddress: String?
  /// The answer's `Retry-After`, as it was sent.
  var retryAfter: String?
  /// Nobody is reached now, see `NetworkOutage`.
  var isOutage = false

  init(status: Int, response: String, dialledAddress: String?, retryAfter: String? = nil) {
    self.status = status
    self.response = response
    self.retryAfter = retryAfter
    self.dialledAddress = dialledAddress
  }

  init(errorClass: String, dialledAddress: String? = nil) {
    self.errorClass = errorClass
    self.dialledAddress = dialledAddress
  }

  /// A target that is blocked looks as one that refused: the difference would tell a scan what is there.
  init(_ failure: OutboundFailure) {
    errorClass = failure.isUnreadableHead ? Self.unreadable.errorClass : Self.label(failure.kind)
    if case .egressDenied = failure.kind { reason = "egress_denied" }
    dialledAddress = failure.dialledAddress
  }

  /// The service stopped in the middle: nothing is known of the endpoint.
  static let cancelled = PostResult(errorClass: "cancelled")

  /// The process that posted it stopped, by another's answer it may be: it is made again at once.
  static let interrupted = PostResult(errorClass: "poster_stopped")

  /// Its answer stops whoever reads it.
  static let unreadable = PostResult(errorClass: "answer_unreadable")

  var isInterrupted: Bool { self == .interrupted }

  /// Only 2xx: a redirect is not followed and not a success.
  var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

  /// Ends of an attempt that say nothing of the endpoint.
  private static let ours: Set<String> = ["bad_request", "cancelled", "poster_stopped"]

  /// The reason of ours for which there was no attempt; nil if there was one.
  var hindrance: Hindrance? {
    if isOutage { return .outage }
    switch errorClass {
    case "overloaded": return .overload
    case "secret_unreadable", "headers_unreadable": return .webhookUnreadable
    case "event_unreadable": return .eventUnreadable
    default: return nil
    }
  }

  /// Whether it tells of the network: true when somebody was reached, false when nobody was.
  var hasReached: Bool? {
    if status != nil { return true }
    switch errorClass {
    // The egress guard's refusals look the same, and are none.
    case "resolve_failed", "connect_failed", "connect_timeout": return reason == nil ? false : nil
    case "tls_failed", "closed_before_answer": return dialledAddress == nil ? nil : true
    default: return nil
    }
  }

  /// What it says of the endpoint.
  func verdict(at now: Int64) -> EndpointVerdict {
    guard let status else {
      if let hindrance { return hindrance == .eventUnreadable ? .unknown : .hindered(hindrance) }
      if errorClass == "timeout" || errorClass == "connect_timeout" { return .hanging }
      return errorClass.map(Self.ours.contains) ?? false ? .unknown : .silent
    }
    switch status {
    case 200..<300: return .taken
    case 410: return .gone
    case 429, 502, 503, 504: return .resting(asked: RetryAfter.parse(retryAfter, at: now))
    case 500...: return .failed
    default: return .refused
    }
  }

  /// For metrics.
  var label: String {
    if isSuccess { return "delivered" }
    return status.map { "http_\($0 / 100)xx" } ?? reason ?? errorClass ?? "failed"
  }

  private static func label(_ kind: OutboundFailure.Kind) -> String {
    switch kind {
    case .badRequest: "bad_request"
    case .egressDenied: label(.connectFailed)
    case .resolveFailed: "resolve_failed"
    case .connectFailed: "connect_failed"
    case .connectTimeout: "connect_timeout"
    case .tlsFailed: "tls_failed"
    case .timeout: "timeout"
    case .closedBeforeAnswer: "closed_before_answer"
    case .cancelled: "cancelled"
    case .overloaded: "overloaded"
    }
  }
}
