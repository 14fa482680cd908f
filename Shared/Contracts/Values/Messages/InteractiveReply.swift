/// The answer to an interactive message.
package struct InteractiveReply: Codable, Sendable, Equatable {
  /// `button_reply`, `list_reply`, `nfm_reply` (a flow), `call_permission_reply`; new ones pass through.
  package var type: String
  /// The id that the business gave the choice.
  package var id: String?
  package var title: String?
  package var description: String?
  /// Of a flow: its name and what was filled in, as JSON text.
  package var name: String?
  package var responseJSON: String?
  /// Of a call permission: `accept` or `reject`, and until when it holds.
  package var response: String?
  package var expiresAt: Timestamp?

  package init(
    type: String, id: String? = nil, title: String? = nil, description: String? = nil, name: String? = nil,
    responseJSON: String? = nil, response: String? = nil, expiresAt: Timestamp? = nil
  ) {
    self.type = type
    self.id = id
    self.title = title
    self.description = description
    self.name = name
    self.responseJSON = responseJSON
    self.response = response
    self.expiresAt = expiresAt
  }
}
