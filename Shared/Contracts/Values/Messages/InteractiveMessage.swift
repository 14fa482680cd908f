/// An interactive message, in Meta's own shape.
package struct InteractiveMessage: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case button
    case list
    case ctaURL = "cta_url"
    case flow
    case locationRequest = "location_request_message"
  }

  /// `button`, `list`, `cta_url`, `flow`, `location_request_message`.
  package var type: InteractiveMessage.Kind
  /// Text for every kind but a request for the location; pictures, videos and documents not for lists.
  package var header: InteractiveHeader?
  /// Required: at most 1,024 characters, of a list 4,096.
  package var body: InteractiveText?
  /// At most 60 characters.
  package var footer: InteractiveText?
  package var action: InteractiveAction

  package init(
    type: InteractiveMessage.Kind, header: InteractiveHeader? = nil, body: InteractiveText? = nil,
    footer: InteractiveText? = nil, action: InteractiveAction
  ) {
    self.type = type
    self.header = header
    self.body = body
    self.footer = footer
    self.action = action
  }
}
