import JSON

/// Meta's checks of a new template, with the errors that it answers (template creation errors).
struct TemplateReview {
  let category: String
  let format: String

  func check(_ components: JSONValue) throws(GraphError) {
    guard let list = components.array, !list.isEmpty else {
      throw GraphError.invalid("components", "must be a list that is not empty")
    }
    guard let body = list.first(where: { Self.type($0) == "BODY" }) else {
      throw GraphError.invalid("components", "must have a BODY")
    }
    if category == "AUTHENTICATION" { return }
    for component in list {
      switch Self.type(component) {
      case "HEADER": try checkHeader(component)
      case "FOOTER": try checkFooter(component["text"]?.string ?? "")
      case "BUTTONS": try checkButtons(component["buttons"]?.array ?? [])
      default: continue
      }
    }
    try checkBody(body)
  }

  static func type(_ component: JSONValue) -> String { component["type"]?.string?.uppercased() ?? "" }

  private func checkHeader(_ header: JSONValue) throws(GraphError) {
    let format = header["format"]?.string?.uppercased() ?? "TEXT"
    guard format == "TEXT" else {
      if format != "LOCATION", header["example"]?["header_handle"]?[0]?.string == nil { throw Self.noExample("HEADER") }
      return
    }
    let text = header["text"]?.string ?? ""
    if text.count > 60 { throw GraphError.template(2_388_040, "Character limit exceeded", "The header is too long.") }
    if text.contains("\n") || text.contains("*") {
      throw GraphError.template(
        2_388_047, "Message header format is incorrect",
        "The message header can't have any new lines, formatting characters, emojis or asterisks.")
    }
    if !MetaTemplate.variables(text).isEmpty, header["example"] == nil { throw Self.noExample("HEADER") }
  }

  private func checkFooter(_ text: String) throws(GraphError) {
    if text.count > 60 { throw GraphError.template(2_388_040, "Character limit exceeded", "The footer is too long.") }
    if text.contains("\n") || text.contains("{{") {
      throw GraphError.template(
        2_388_073, "Message footer format is incorrect", "The message footer can't have variables or new lines.")
    }
  }

  private func checkBody(_ body: JSONValue) throws(GraphError) {
    let text = body["text"]?.string ?? ""
    if text.count > 1_024 { throw GraphError.template(2_388_040, "Character limit exceeded", "The body is too long.") }
    if text.isEmpty || text.contains("\n\n\n") {
      throw GraphError.template(
        2_388_072, "Message body format is incorrect", "The message body can't have more than two new lines in a row.")
    }
    let variables = MetaTemplate.variables(text)
    if variables.isEmpty { return }
    if text.hasPrefix("{{") || text.hasSuffix("}}") {
      throw GraphError.template(
        2_388_299, "Leading or trailing params", "Variables can't be at the start or end of the template.")
    }
    let words = text.split(separator: " ").count { !$0.contains("{{") && $0.contains(where: \.isLetter) }
    if words < 2 * variables.count + 1 {
      throw GraphError.template(
        2_388_293, "Too many parameters",
        "This template contains too many variable parameters relative to the message length.")
    }
    let example = body["example"]
    let count = example?["body_text"]?[0]?.array?.count ?? example?["body_text_named_params"]?.array?.count
    if count != variables.count { throw Self.noExample("BODY") }
  }

  private func checkButtons(_ buttons: [JSONValue]) throws(GraphError) {
    if buttons.count > 10 { throw GraphError.invalid("components", "at most 10 buttons") }
    for button in buttons where (button["text"]?.string ?? "").count > 25 {
      throw GraphError.template(2_388_040, "Character limit exceeded", "A button is too long.")
    }
  }

  private static func noExample(_ type: String) -> GraphError {
    GraphError.template(
      2_388_043, "Message template \"components\" param is missing expected field(s)",
      "component of type \(type) is missing expected field(s) (example)")
  }

  /// Components as Meta shows them afterwards: those of codes get their words and an address.
  static func stored(_ components: JSONValue, category: String) -> JSONValue {
    guard category == "AUTHENTICATION" else { return components }
    return .array(
      (components.array ?? []).map { component in
        var object = component.object ?? JSONObject()
        switch type(component) {
        case "BODY":
          let advice = component["add_security_recommendation"]?.bool == true
          object["text"] = .string(
            "*{{1}}* is your verification code." + (advice ? " For your security, do not share this code." : ""))
          object["example"] = ["body_text": [["123456"]]]
        case "FOOTER":
          object["text"] = .string(
            "This code expires in \(component["code_expiration_minutes"]?.int64 ?? 10) minutes.")
        case "BUTTONS":
          object["buttons"] = [
            [
              "type": "URL", "text": "Copy code",
              "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}",
              "example": ["https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp123456"],
            ]
          ]
        default: break
        }
        return .object(object)
      })
  }
}
