import JSON
import Synchronization

/// Whether a template may be sent, and with these parameters.
extension MessageDesk {
  func template(of arrival: Arrival) -> MetaTemplate? {
    guard let language = arrival.call.node("template")?["language"]?["code"]?.string else { return nil }
    return graph.state.withLock { state in
      guard let number = state.numbers[arrival.numberID] else { return nil }
      return state.template(arrival.text, language, of: number.wabaID)
    }
  }

  func checkTemplate(_ arrival: Arrival) throws(GraphError) {
    guard let template = template(of: arrival) else { throw Self.unknown(arrival) }
    switch template.status {
    case "APPROVED": break
    case "PAUSED":
      throw GraphError.ordered(132_015, Fault.Parameters(details: "Template is paused due to low quality."))
    case "DISABLED":
      throw GraphError.ordered(132_016, Fault.Parameters(details: "Template is disabled due to low quality."))
    default: throw Self.unknown(arrival)
    }
    var given: [String: JSONNode] = [:]
    var buttons: [Int: JSONNode] = [:]
    arrival.call.node("template")?["components"]?.forEachElement { component in
      let type = component["type"]?.string?.lowercased() ?? ""
      let index = component["index"].flatMap { $0.int64.map { Int($0) } ?? $0.string.flatMap { Int($0) } }
      if type == "button", let index { buttons[index] = component } else { given[type] = component }
    }
    try checkHeader(template, given["header"])
    try checkTexts(template, "BODY", given["body"], "body")
    let wanted = template.component("BUTTONS")?["buttons"]?.array ?? []
    for (index, button) in wanted.enumerated() {
      let needs =
        button["type"]?.string?.uppercased() == "COPY_CODE" || (button["url"]?.string ?? "").contains("{{")
      let count = buttons[index]?["parameters"]?.count ?? 0
      if needs && count != 1 { throw Self.count("buttons: number of localizable_params (\(count)) does not match (1)") }
    }
    if let stray = buttons.keys.first(where: { $0 >= wanted.count }) {
      throw Self.format("buttons: Button at index \(stray) of type Unknown does not exist")
    }
  }

  private func checkHeader(_ template: MetaTemplate, _ given: JSONNode?) throws(GraphError) {
    let header = template.component("HEADER")
    let format = header?["format"]?.string?.uppercased() ?? "TEXT"
    if format == "TEXT" { return try checkTexts(template, "HEADER", given, "header") }
    let type = given?["parameters"]?[0]?["type"]?.string?.uppercased() ?? "UNKNOWN"
    guard type == format || format == "GIF" && type == "VIDEO" else {
      throw Self.format("header: Format mismatch, expected \(format), received \(type)")
    }
  }

  private func checkTexts(
    _ template: MetaTemplate, _ type: String, _ given: JSONNode?, _ what: String
  ) throws(GraphError) {
    let wanted = MetaTemplate.variables(template.component(type)?["text"]?.string ?? "")
    let count = given?["parameters"]?.count ?? 0
    if count != wanted.count {
      throw Self.count(
        "\(what): number of localizable_params (\(count)) does not match the expected number of params (\(wanted.count))"
      )
    }
    var wrong: String?
    given?["parameters"]?.forEachElement { parameter in
      let text = parameter["text"]?.string
      if parameter["type"]?.string == "text", text == nil || text?.contains("\n") == true { wrong = "text" }
      if template.format == "NAMED", !wanted.contains(parameter["parameter_name"]?.string ?? "") {
        wrong = "parameter_name"
      }
    }
    if let wrong { throw Self.format("\(what): Parameter format does not match (\(wrong))") }
  }

  private static func unknown(_ arrival: Arrival) -> GraphError {
    GraphError.ordered(
      132_001, Fault.Parameters(details: "template name (\(arrival.text)) does not exist in the translation."))
  }

  private static func count(_ details: String) -> GraphError {
    GraphError.ordered(132_000, Fault.Parameters(details: details))
  }

  private static func format(_ details: String) -> GraphError {
    GraphError.ordered(132_012, Fault.Parameters(details: details))
  }
}
