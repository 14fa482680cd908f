/// The press of a template's quick-reply button.
package struct ButtonReply: Codable, Sendable, Equatable {
  package var payload: String?
  package var text: String?

  package init(payload: String? = nil, text: String? = nil) {
    self.payload = payload
    self.text = text
  }
}
