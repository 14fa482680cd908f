import JSON
import Wire

extension SendRefusal {
  /// The failure that the caller sees; `more` are further members of the problem.
  func failure(_ message: String, field: String? = nil, more: JSONObject = [:]) -> CallFailure {
    let rule = rule
    var details: JSONObject = ["next_step": .string(rule.nextStep)]
    if let field { details["field"] = .string(field) }
    for member in more.members { details[member.key] = member.value }
    let code: CallFailure.Code =
      switch rule.kind {
      case .input: .invalidArgument
      case .notFound: .notFound
      case .state: .failedPrecondition
      case .away: .unavailable
      }
    return CallFailure(
      code, rawValue, message, details: .object(details), retry: rule.isRetriable ? .same : .never)
  }
}

extension ContentProblem: CallFailureConvertible {
  var callFailure: CallFailure {
    CallFailure(
      .invalidArgument, code.rawValue, message,
      details: ["field": .string(field), "next_step": "Mend the field and send again."])
  }
}
