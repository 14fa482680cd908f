import Contracts
package import JSON
package import Wire

/// The table of all calls between services, as Markdown, from their declarations alone.
package enum MethodTable {
  package static var text: String {
    var lines = [
      "# Methods", "",
      "Every call between services and every REST route, generated from the declarations in this folder by",
      "`WSS_WRITE_DOCS=1 scripts/test --filter MethodTable`. Do not edit.",
    ]
    for contract in ServiceContracts.all {
      lines += ["", "## \(contract.owner)", ""]
      lines += [
        "| method | REST | role | idempotent | deadline | callers | fields | what it does |",
        "|---|---|---|---|---|---|---|---|",
      ]
      lines += contract.calls.map { row($0) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The fields of a request in their order; optional ones are marked.
  package static func fields<C: Call>(of call: C.Type) -> [(name: String, isRequired: Bool)] {
    let schema = JSONSchema.describe(call)
    guard case .object(let properties)? = schema["properties"] else { return [] }
    var required: Set<String> = []
    if case .array(let names)? = schema["required"] {
      for case .string(let name) in names { required.insert(name) }
    }
    return properties.members.map { ($0.key, required.contains($0.key)) }
  }

  /// The schemas of a request and its reply.
  package static func schemas<C: Call>(of call: C.Type) -> [JSONValue] {
    [JSONSchema.describe(call), JSONSchema.describe(C.Reply.self)]
  }

  /// Whether a call answers with a page of a list.
  package static func isPage<C: Call>(_ call: C.Type) -> Bool {
    JSONSchema.describe(C.Reply.self)["properties"]?["next_cursor"] != nil
  }

  /// Whether a schema has a part that could not be found out.
  package static func isIncomplete(_ schema: JSONValue) -> Bool {
    switch schema {
    case .object(let object):
      object.members.contains { $0.key == JSONSchema.incompleteMark || isIncomplete($0.value) }
    case .array(let elements): elements.contains { isIncomplete($0) }
    default: false
    }
  }

  private static func row<C: Call>(_ call: C.Type) -> String {
    let rest = call.route.map { "`\($0.method.rawValue) \($0.path)`" } ?? "–"
    let callers = call.callers.map(\.rawValue).sorted().joined(separator: ", ")
    let fields = fields(of: call).map { "`\($0.name)`\($0.isRequired ? "" : "?")" }.joined(separator: " ")
    let (seconds, _) = call.deadline.components
    let cells = [
      "`\(call.method)`", rest, call.route?.role.rawValue ?? "–", call.isIdempotent ? "yes" : "no", "\(seconds) s",
      callers.isEmpty ? "–" : callers, fields, call.summary,
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}
