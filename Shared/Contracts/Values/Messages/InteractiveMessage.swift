package import JSON

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
  package var header: JSONValue?
  /// Its `text`.
  package var body: JSONValue?
  package var footer: JSONValue?
  package var action: JSONValue

  package init(
    type: InteractiveMessage.Kind, header: JSONValue? = nil, body: JSONValue? = nil, footer: JSONValue? = nil,
    action: JSONValue
  ) {
    self.type = type
    self.header = header
    self.body = body
    self.footer = footer
    self.action = action
  }
}
