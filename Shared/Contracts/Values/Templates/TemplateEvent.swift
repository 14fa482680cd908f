/// A change of a template, told by Meta or made here.
package struct TemplateEvent: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case created
    case edited
    case status
    case quality
    case category
    case components
  }

  package enum Source: String, Codable, Sendable, CaseIterable {
    case webhook
    /// A reading of Meta's list.
    case sync
    /// A call of the account.
    case call
  }

  package var id: EventID
  package var templateID: TemplateID
  package var kind: Kind
  package var before: String?
  package var after: String?
  /// Meta's reason, title, description and recommendation, where it gave one.
  package var reason: String?
  package var details: String?
  package var source: Source
  package var at: Timestamp

  package init(
    id: EventID, templateID: TemplateID, kind: Kind, before: String?, after: String?, reason: String? = nil,
    details: String? = nil, source: Source, at: Timestamp
  ) {
    self.id = id
    self.templateID = templateID
    self.kind = kind
    self.before = before
    self.after = after
    self.reason = reason
    self.details = details
    self.source = source
    self.at = at
  }
}
