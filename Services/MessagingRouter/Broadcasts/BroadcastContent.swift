import Contracts
import Store
import Wire

/// What each recipient of a broadcast gets: the frozen template with the recipient's values, or the broadcast's own.
struct BroadcastContent: Sendable {
  let template: Template
  private let defaults: [String: String]
  private let media: TemplateMedia
  /// The names that a recipient may bring.
  let names: [String]

  init(template: Template, defaults: [String: String], headerMedia: MessageMedia?) {
    self.template = template
    self.defaults = defaults
    var media = TemplateMedia()
    media.header = headerMedia
    self.media = media
    names = template.variables.map(\.name)
  }

  init(_ row: BroadcastRow) {
    self.init(
      template: row.template, defaults: row.broadcast.variables, headerMedia: row.broadcast.headerMedia)
  }

  /// Those without a value of the broadcast's own.
  var required: [String] { names.filter { (defaults[$0] ?? "").isEmpty } }

  /// The message for a recipient, and what Meta would refuse of it. An empty value is none.
  func message(_ own: [String: String]) -> (content: TemplateMessage, problems: [TemplateProblem]) {
    let filled = TemplateFilling.fill(template, variables: values(own), media: media)
    guard filled.problems.isEmpty else { return filled }
    return (filled.content, TemplateParameters.check(filled.content, against: template))
  }

  /// What it reads like.
  func text(_ own: [String: String]) -> String { TemplateRendering(template).preview(values(own)).text }

  private func values(_ own: [String: String]) -> [String: String] {
    defaults.merging(own.filter { !$0.value.isEmpty }) { $1 }
  }

  /// Throws what is wrong with the broadcast itself, whoever gets it: names that the template does not have, a header
  /// medium that is missing or too much, is not the account's, or is none that Meta takes there.
  func check(account: String, _ connection: Connection) throws {
    for name in defaults.keys.sorted() where !names.contains(name) {
      throw CallFailure.invalidArgument(
        "VARIABLE_UNKNOWN",
        "variables.\(name): the template's variables are \(names.isEmpty ? "none" : names.joined(separator: ", "))",
        field: "variables.\(name)")
    }
    // With every value given, what is left to complain about is not the recipients'.
    let examples = Dictionary(template.variables.map { ($0.name, $0.example ?? "1") }) { first, _ in first }
    let filled = TemplateFilling.fill(template, variables: examples, media: media)
    let problems = filled.problems.filter { !$0.field.hasPrefix("variables.") }
    guard problems.isEmpty else { throw problems.failure(.invalidArgument, "TEMPLATE_MISMATCH") }
    try checkHeader(of: filled.content, account: account, connection)
  }

  /// As strict as a single send: what is queued later is not looked at again.
  private func checkHeader(of content: TemplateMessage, account: String, _ connection: Connection) throws {
    let field = "header_media"
    if let link = media.header?.link { try ContentText.link(link, "\(field).link") }
    for (kind, medium, _) in TemplateFiles.media(of: content) {
      guard let id = medium.mediaID else { continue }
      guard let facts = try SendSeams.media(id, account: account, connection) else {
        throw SendRefusal.mediaNotFound.failure(
          "\(field).media_id: no such file in this account", field: "\(field).media_id")
      }
      try facts.check(as: kind, isVoice: false, field)
    }
  }
}
