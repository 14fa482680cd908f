package import JSON

/// A part of a template, in the shape Meta documents; what is set depends on `type`.
package struct TemplateComponent: Codable, Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case header
    case body
    case footer
    case buttons
    case carousel
    case limitedTimeOffer = "limited_time_offer"
    case callPermissionRequest = "call_permission_request"
    /// A kind that this version does not know: all of it is in `raw`.
    case other
  }

  package var type: Kind
  /// Of a header.
  package var format: TemplateHeaderFormat?
  /// Of a header, body or footer, with its variables in double braces.
  package var text: String?
  package var example: TemplateExample?
  package var buttons: [TemplateButton]?
  /// Of a carousel.
  package var cards: [TemplateCard]?
  package var limitedTimeOffer: TemplateOffer?
  /// Of the body of an authentication template: Meta adds its advice not to share the code.
  package var addSecurityRecommendation: Bool?
  /// Of the footer of an authentication template, 1 to 90.
  package var codeExpirationMinutes: Int?
  /// Meta's own JSON of a component whose type is not known here.
  package var raw: JSONValue?

  package init(
    _ type: Kind, format: TemplateHeaderFormat? = nil, text: String? = nil, example: TemplateExample? = nil,
    buttons: [TemplateButton]? = nil, cards: [TemplateCard]? = nil, limitedTimeOffer: TemplateOffer? = nil,
    addSecurityRecommendation: Bool? = nil, codeExpirationMinutes: Int? = nil, raw: JSONValue? = nil
  ) {
    self.type = type
    self.format = format
    self.text = text
    self.example = example
    self.buttons = buttons
    self.cards = cards
    self.limitedTimeOffer = limitedTimeOffer
    self.addSecurityRecommendation = addSecurityRecommendation
    self.codeExpirationMinutes = codeExpirationMinutes
    self.raw = raw
  }
}

extension TemplateComponent.Kind: Codable {
  package init(from decoder: any Decoder) throws { self = try TemplateWord.decode(from: decoder) }
}
