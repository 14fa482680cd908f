/// What a customer can do with an interactive message. Which members belong follows from the message's type.
package struct InteractiveAction: Codable, Sendable, Equatable {
  /// `cta_url`, `flow`, `send_location`; filled in when it is absent.
  package var name: String?
  /// Of a list: what opens it, at most 20 characters.
  package var button: String?
  /// Of buttons: 1 to 3.
  package var buttons: [InteractiveButton]?
  /// Of a list: 1 to 10, with 10 rows in all.
  package var sections: [InteractiveSection]?
  /// Of a link or a flow.
  package var parameters: InteractiveParameters?

  package init(
    name: String? = nil, button: String? = nil, buttons: [InteractiveButton]? = nil,
    sections: [InteractiveSection]? = nil, parameters: InteractiveParameters? = nil
  ) {
    self.name = name
    self.button = button
    self.buttons = buttons
    self.sections = sections
    self.parameters = parameters
  }
}
