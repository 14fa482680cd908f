import Contracts
import GraphAPI
import JSON
import Wire

extension CallFailure {
  /// What a caller is told when Meta has refused a change of a template (facts: template creation errors).
  init(template error: GraphError) {
    let number = error.subcode ?? error.code
    var details: JSONObject = ["meta_code": .integer(Int64(error.code)), "meta_message": .string(error.message)]
    details["meta_subcode"] = error.subcode.map { .integer(Int64($0)) }
    details["meta_details"] = (error.userMessage ?? error.details).map { .string($0) }
    details["meta_trace_id"] = error.traceID.map { .string($0) }
    let words = error.userMessage ?? error.details ?? error.message
    if error.isCallLimit {
      let wait = max(error.retryAfterMilliseconds ?? 0, error.usage?.regainMilliseconds ?? 0, 60_000)
      self = CallFailure(
        .resourceExhausted, "TEMPLATE_RATE_LIMIT", "Meta takes no more changes of templates for now: \(words)",
        details: .object(details), retry: .afterMilliseconds(Int(wait)))
    } else if error.isTokenProblem {
      self = .failedPrecondition(
        "TOKEN_INVALID", "Meta no longer accepts the sender's token: reconnect the sender.", details: .object(details))
    } else if error.code == 10 || (200...299).contains(error.code) {
      self = .failedPrecondition(
        "PERMISSION_MISSING", "The token lacks whatsapp_business_management: repeat the signup and grant it.",
        details: .object(details))
    } else if let refusal = Self.refusals[number] {
      details["field"] = refusal.field.map { .string($0) }
      self = CallFailure(refusal.code, refusal.reason, "\(refusal.words): \(words)", details: .object(details))
    } else if error.isTransient || error.httpStatus >= 500 {
      self = CallFailure(
        .unavailable, "META_BUSY", "Meta cannot do it now: \(words)", details: .object(details), retry: .same)
    } else {
      self = CallFailure(
        .invalidArgument, "TEMPLATE_REFUSED", "Meta refuses the template: \(words)", details: .object(details))
    }
  }

  private struct Refusal {
    var code: CallFailure.Code
    var reason: String
    var field: String?
    var words: String

    init(_ code: CallFailure.Code, _ reason: String, _ field: String?, _ words: String) {
      self.code = code
      self.reason = reason
      self.field = field
      self.words = words
    }

    /// The usual kind: Meta does not like a part.
    init(_ field: String, _ words: String) { self.init(.invalidArgument, "TEMPLATE_REFUSED", field, words) }
  }

  private static let refusals: [Int: Refusal] = [
    2_388_040: Refusal("components", "A text is too long"),
    2_388_047: Refusal("components", "The header is not formatted as Meta wants it"),
    2_388_072: Refusal("components", "The body is not formatted as Meta wants it"),
    2_388_073: Refusal("components", "The footer is not formatted as Meta wants it"),
    2_388_293: Refusal("components", "Too many variables for so few words"),
    2_388_299: Refusal("components", "A variable stands at the start or the end"),
    2_388_019: Refusal(
      .failedPrecondition, "TEMPLATE_LIMIT_REACHED", nil, "The account has as many templates as Meta allows"),
    2_388_024: Refusal(.alreadyExists, "TEMPLATE_EXISTS", "name", "There is a template of this name and language"),
    2_388_023: Refusal(
      .failedPrecondition, "TEMPLATE_NAME_BLOCKED", "name", "Meta is still deleting a template of this name"),
  ]

  /// What a caller is told when a template cannot be read or changed at Meta now.
  init(_ failure: TemplateReader.Failure) {
    switch failure {
    case .running:
      self = CallFailure(
        .aborted, "SYNC_RUNNING", "The templates are being read at this moment: try again shortly.",
        retry: .afterMilliseconds(2_000))
    case .noSender: self = TemplateFailures.noAccount
    case .tokenUnreadable:
      self = .failedPrecondition(
        "TOKEN_UNREADABLE", "The sender's stored token cannot be opened: reconnect the sender.")
    case .graph(.answered(let error)): self = CallFailure(template: error)
    case .graph(.notSent), .graph(.unknown):
      self = .unavailable("META_UNREACHABLE", "Meta gives no usable answer now: try again shortly.")
    case .exampleGone(let id):
      self = SendRefusal.mediaNotFound.failure("the file \(id.text) is gone", field: "header_media_id")
    case .examplesBusy:
      self = .unavailable("TOO_MANY_UPLOADS", "Other examples are being given to Meta now: try again shortly.")
    case .tooLong: self = .internal("Meta's list of templates does not end")
    case .used(let regain):
      self = .resourceExhausted(
        "TEMPLATE_RATE_LIMIT", "Meta's calls of this account are nearly used up.", retryAfter: .milliseconds(regain))
    }
  }
}
