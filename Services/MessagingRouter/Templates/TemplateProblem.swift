import Contracts
import JSON
import Wire

/// Something that Meta would refuse, and where it is.
struct TemplateProblem: Sendable, Equatable {
  /// The path of the field, for example `components[1].buttons[0].url`.
  var field: String
  /// A stable word, for example `BODY_TOO_LONG`.
  var reason: String
  var message: String

  init(_ field: String, _ reason: String, _ message: String) {
    self.field = field
    self.reason = reason
    self.message = message
  }
}

extension [TemplateProblem] {
  /// More are not told at once.
  private static var told: Int { 50 }

  /// The first one's field and words, and all of them in the details.
  func failure(_ code: CallFailure.Code, _ reason: String, of template: TemplateID? = nil) -> CallFailure {
    let all = prefix(Self.told).map { problem -> JSONValue in
      [
        "field": .string(problem.field), "reason": .string(problem.reason), "message": .string(problem.message),
      ]
    }
    var details: JSONObject = ["problems": .array(all)]
    let rule = SendRefusal(rawValue: reason)?.rule
    details["next_step"] = .string(rule?.nextStep ?? "Mend the fields that the problems name, then try again.")
    details["field"] = first.map { .string($0.field) }
    details["template_id"] = template.map { .string($0.text) }
    let more = count > 1 ? " (and \(count - 1) more)" : ""
    return CallFailure(
      code, reason, (first?.message ?? "it does not fit") + more, details: .object(details),
      retry: rule?.isRetriable == true ? .same : .never)
  }
}
