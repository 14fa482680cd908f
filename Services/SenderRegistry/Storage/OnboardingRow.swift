import Contracts
import JSON
import Store

/// A row of `onboarding`: the newest attempt to connect a sender.
struct OnboardingRow: Sendable {
  enum State: String {
    /// A step runs or is due.
    case running
    /// Nothing to do until the number is verified.
    case waiting
    case ended
  }

  let senderID: SenderID
  let attempt: Int
  let state: State
  /// Failures of the current step in a row.
  let tries: Int
  /// Sealed; gone once exchanged or refused.
  let code: String?
  /// Sealed; only a token that proved to cover the number moves to the sender.
  let accessToken: String?
  let wabaID: String
  let phoneNumberID: String?
  /// Whether the signup named the number; otherwise it is added by API.
  let isNumberGiven: Bool
  let businessID: String?
  /// Whether the sender worked before this attempt.
  let wasOnline: Bool
  /// The verifier has reported success during this attempt.
  let isVerified: Bool
  let createdAt: Int64
  /// How the popup ended; nil for attempts of earlier versions.
  let event: SignupFinish?
  /// The state of a sender that had credentials before this attempt: what it falls back to.
  let prior: SenderCondition?

  /// What a failed reconnect falls back to; nil when the sender never worked.
  var fallback: SenderCondition? { prior ?? (wasOnline ? SenderCondition(.online) : nil) }

  static let columns = """
    sender_id, attempt, state, tries, code, access_token, waba_id, phone_number_id, is_number_given, business_id,
    was_online, is_verified, created_at, signup_event, prior
    """

  static func codeBinding(_ id: SenderID) -> String { "onboarding.code:\(id)" }
  static func tokenBinding(_ id: SenderID) -> String { "onboarding.access_token:\(id)" }

  init(_ row: Row) throws {
    senderID = SenderID(trusted: try row.text(0))
    attempt = try row.int(1)
    state = State(rawValue: try row.text(2)) ?? .ended
    tries = try row.int(3)
    code = try row.optionalText(4)
    accessToken = try row.optionalText(5)
    wabaID = try row.text(6)
    phoneNumberID = try row.optionalText(7)
    isNumberGiven = try row.bool(8)
    businessID = try row.optionalText(9)
    wasOnline = try row.bool(10)
    isVerified = try row.bool(11)
    createdAt = try row.int64(12)
    event = try row.optionalText(13).flatMap { SignupFinish(rawValue: $0) }
    prior = try row.optionalText(14).map { try PriorCondition(json: $0).condition }
  }
}

/// A sender's condition as `onboarding.prior` keeps it.
struct PriorCondition: Codable {
  let status: SenderStatus
  let reasons: [SenderReason]

  init(_ condition: SenderCondition) {
    status = condition.status
    reasons = condition.reasons
  }

  init(json: String) throws { self = try JSONCoder.decode(PriorCondition.self, from: json) }

  var condition: SenderCondition { SenderCondition(status, reasons) }

  var json: String { get throws { String(decoding: try JSONCoder.encode(self), as: UTF8.self) } }
}
