import JSON

/// Templates among what Meta remembers.
extension MetaState {
  /// What Meta gives every new account.
  mutating func seedTemplates(_ wabaID: String) {
    keep(
      MetaTemplate(
        wabaID: wabaID, name: "hello_world", language: "en_US", category: "UTILITY", status: "APPROVED",
        components: [
          ["type": "HEADER", "format": "TEXT", "text": "Hello World"],
          ["type": "BODY", "text": "Welcome and congratulations!!"],
          ["type": "FOOTER", "text": "WhatsApp Business Platform sample message"],
        ]))
  }

  mutating func keep(_ template: MetaTemplate) { templates[template.id] = template }

  /// An account's templates in the order of their ids.
  func templates(of wabaID: String) -> [MetaTemplate] {
    templates.values.filter { $0.wabaID == wabaID }.sorted { $0.id < $1.id }
  }

  func template(_ name: String, _ language: String, of wabaID: String) -> MetaTemplate? {
    templates.values.first { $0.wabaID == wabaID && $0.name == name && $0.language == language }
  }

  /// A template approved by order: `name language`, whose body has no variables.
  mutating func addTemplate(_ template: String, to wabaID: String) throws(ControlFailure) {
    let parts = template.split(separator: " ").map(String.init)
    guard parts.count == 2 else { throw ControlFailure("a template is given as name and language") }
    _ = try addTemplate(
      MetaTemplate(
        wabaID: wabaID, name: parts[0], language: parts[1], category: "UTILITY", status: "APPROVED",
        components: [["type": "BODY", "text": .string("This is \(parts[0]).")]]))
  }

  mutating func addTemplate(_ template: MetaTemplate) throws(ControlFailure) -> MetaTemplate {
    guard accounts[template.wabaID] != nil else { throw ControlFailure("no account \(template.wabaID)", status: 404) }
    if templates.count >= Self.limit { throw ControlFailure("\(Self.limit) templates exist", status: 409) }
    if let known = self.template(template.name, template.language, of: template.wabaID) { templates[known.id] = nil }
    keep(template)
    return template
  }

  /// Counts a creation against the hour's limit.
  mutating func mayCreateTemplate(in wabaID: String, now: Int64) -> Bool {
    var times = (templateCreations[wabaID] ?? []).filter { now - $0 < 3_600_000 }
    defer { templateCreations[wabaID] = times }
    if times.count >= templateHabits.creationsPerHour { return false }
    times.append(now)
    return true
  }
}
