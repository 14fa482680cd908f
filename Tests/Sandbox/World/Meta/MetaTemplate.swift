package import JSON

/// A message template as Meta keeps it.
package struct MetaTemplate: Sendable {
  package let id: String
  package let wabaID: String
  package let name: String
  package let language: String
  package var category: String
  package var previousCategory: String?
  /// `PENDING`, `APPROVED`, `REJECTED`, `PAUSED`, `DISABLED`, …
  package var status: String
  package var quality = "UNKNOWN"
  package var rejectedReason: String?
  package var format: String
  package var components: JSONValue
  /// When it was edited while approved, in milliseconds.
  var edits: [Int64] = []

  init(
    id: String = MetaIdentifier.object(), wabaID: String, name: String, language: String, category: String,
    status: String, format: String = "POSITIONAL", components: JSONValue
  ) {
    self.id = id
    self.wabaID = wabaID
    self.name = name
    self.language = language
    self.category = category
    self.status = status
    self.format = format
    self.components = components
  }

  func component(_ type: String) -> JSONValue? {
    components.array?.first { $0["type"]?.string?.uppercased() == type }
  }

  /// As Graph shows it.
  var described: JSONObject {
    var object: JSONObject = [
      "id": .string(id), "name": .string(name), "language": .string(language), "status": .string(status),
      "category": .string(category), "parameter_format": .string(format), "components": components,
      "quality_score": ["score": .string(quality), "date": 1_790_000_000],
      "rejected_reason": .string(rejectedReason ?? "NONE"),
    ]
    object["previous_category"] = previousCategory.map { .string($0) }
    return object
  }

  /// The distinct variables of a text: what stands in double braces.
  static func variables(_ text: String) -> [String] {
    var names: [String] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "}}") else { break }
      let name = String(rest[..<close.lowerBound])
      if !names.contains(name) { names.append(name) }
      rest = rest[close.upperBound...]
    }
    return names
  }
}

/// How Meta treats templates; tests and demos change it.
package struct TemplateHabits: Sendable {
  /// Templates of one page at most, whatever is asked for.
  package var pageSize = 10
  package var creationsPerHour = 100
  /// Templates of one account.
  package var limit = 250
  /// New and edited templates are approved at once.
  package var approvesAtOnce = false

  package init() {}
}
