/// A message template of a WhatsApp Business Account, as Meta has it.
package struct Template: Codable, Sendable, Equatable {
  package var id: TemplateID
  /// Whose it is: all senders of this account at Meta may send it.
  package var wabaID: String
  package var name: String
  /// Meta's code, for example `en_US`.
  package var language: String
  package var category: TemplateCategory
  /// Meta's own word for it.
  package var metaCategory: String
  package var subCategory: String?
  /// What Meta would make of it at its next look.
  package var correctCategory: String?
  package var status: TemplateStatus
  /// Meta's own word for it.
  package var metaStatus: String
  package var rejectedReason: String?
  package var quality: TemplateQuality
  package var parameterFormat: TemplateParameterFormat
  package var components: [TemplateComponent]
  /// What a send has to bring.
  package var variables: [TemplateVariable]
  package var hasVariables: Bool
  package var bodyText: String?
  package var metaTemplateID: String?
  package var pause: TemplatePause?
  /// What Meta is likely to find fault with; told once, in the answer to a creation or an edit.
  package var warnings: [String]?
  /// When it was last read at Meta.
  package var syncedAt: Timestamp?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  package var version: Int64

  package init(
    id: TemplateID, wabaID: String, name: String, language: String, metaCategory: String, metaStatus: String,
    status: TemplateStatus, quality: TemplateQuality, parameterFormat: TemplateParameterFormat,
    components: [TemplateComponent], variables: [TemplateVariable], bodyText: String?, createdAt: Timestamp,
    updatedAt: Timestamp, version: Int64
  ) {
    self.id = id
    self.wabaID = wabaID
    self.name = name
    self.language = language
    category = TemplateCategory(meta: metaCategory)
    self.metaCategory = metaCategory
    self.metaStatus = metaStatus
    self.status = status
    self.quality = quality
    self.parameterFormat = parameterFormat
    self.components = components
    self.variables = variables
    hasVariables = !variables.isEmpty
    self.bodyText = bodyText
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }
}
