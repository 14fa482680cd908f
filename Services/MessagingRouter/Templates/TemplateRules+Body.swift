import Contracts

extension TemplateRules {
  mutating func checkBody(_ body: TemplateComponent, _ field: String, longest: Int) {
    if body.addSecurityRecommendation != nil {
      add("\(field).add_security_recommendation", "FIELD_NOT_ALLOWED", "only in authentication templates")
    }
    guard let text = body.text, !MessageText.isBlank(text) else {
      return add("\(field).text", "TEXT_REQUIRED", "a body has a text")
    }
    let path = "\(field).text"
    guard length(text, path, longest, "BODY_TOO_LONG") else { return }
    if text.unicodeScalars.contains(where: MessageText.isForbidden) {
      add(path, "BODY_FORMAT", "control characters (Meta's 2388072)")
    }
    if hasThreeLineEnds(text) { add(path, "BODY_FORMAT", "at most two line ends in a row (Meta's 2388072)") }
    let parsed = TemplateText(text)
    let names = variables(parsed, path)
    if names.isEmpty { return }
    checkPlaces(parsed, path)
    checkRatio(parsed, path)
    checkExamples(body.example, names, "\(field).example")
  }

  private func hasThreeLineEnds(_ text: String) -> Bool {
    var run = 0
    for character in text {
      run = character.isNewline ? run + 1 : 0
      if run > 2 { return true }
    }
    return false
  }

  /// White space does not count.
  private mutating func checkPlaces(_ text: TemplateText, _ field: String) {
    let parts = text.parts.filter { part in
      if case .words(let words) = part { !words.allSatisfy(\.isWhitespace) } else { true }
    }
    for (part, place) in [(parts.first, "start"), (parts.last, "end")] {
      if case .variable(let name) = part {
        add(field, "VARIABLE_AT_EDGE", "{{\(name)}} stands at the \(place): put words there (Meta's 2388299)")
      }
    }
  }

  /// Meta publishes no figure. Those who create many templates have found 2n + 1 words for n variables
  /// (support pages of two providers, 2026: words and variables together at least 3n + 1).
  private mutating func checkRatio(_ text: TemplateText, _ field: String) {
    let parts = text.parts
    let count = parts.count { if case .variable = $0 { true } else { false } }
    let words = Self.words(parts)
    let least = 2 * count + 1
    if words < least {
      add(
        field, "VARIABLES_TOO_MANY",
        "\(words) words beside \(count) variables: at least \(least) (Meta's 2388293)")
    }
  }

  /// Scripts without spaces count each sign.
  private static func words(_ parts: [TemplateText.Part]) -> Int {
    var total = 0
    for case .words(let text) in parts {
      for word in text.split(whereSeparator: \.isWhitespace) where word.contains(where: { $0.isLetter || $0.isNumber })
      {
        let signs = word.unicodeScalars.count { isSign($0) }
        total += max(1, signs)
      }
    }
    return total
  }

  private static func isSign(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF, 0x20000...0x3FFFF: true
    default: false
    }
  }

  private mutating func checkExamples(_ example: TemplateExample?, _ names: [String], _ field: String) {
    if format == .named {
      for name in names {
        let isGiven = example?.bodyTextNamedParams?.contains { $0.paramName == name && !$0.example.isEmpty } ?? false
        if !isGiven { add("\(field).body_text_named_params", "EXAMPLE_REQUIRED", "an example for {{\(name)}}") }
      }
      return
    }
    let given = example?.bodyText?.first ?? []
    guard given.count == names.count else {
      return add("\(field).body_text", "EXAMPLE_REQUIRED", "one list with \(names.count) examples, not \(given.count)")
    }
    for (index, text) in given.enumerated() where text.isEmpty {
      add("\(field).body_text[0][\(index)]", "EXAMPLE_REQUIRED", "an example for {{\(index + 1)}}")
    }
  }

  // MARK: Special kinds

  mutating func checkOffer(_ component: TemplateComponent, _ field: String) {
    if category != .marketing {
      add("\(field).type", "COMPONENT_NOT_ALLOWED", "a limited-time offer is a marketing template")
    }
    guard let offer = component.limitedTimeOffer, !MessageText.isBlank(offer.text) else {
      return add("\(field).limited_time_offer.text", "TEXT_REQUIRED", "an offer has a text")
    }
    _ = length(offer.text, "\(field).limited_time_offer.text", 16, "OFFER_TOO_LONG")
  }

  mutating func checkCarousel(_ cards: [TemplateCard], _ field: String) {
    guard (2...10).contains(cards.count) else {
      return add(field, "CARDS_OUT_OF_RANGE", "2 to 10 cards")
    }
    func shape(_ card: TemplateCard) -> [String] {
      card.components.flatMap { component in
        [component.type.rawValue, component.format?.rawValue ?? ""] + (component.buttons ?? []).map(\.type.rawValue)
      }
    }
    for (index, card) in cards.enumerated() {
      let path = "\(field)[\(index)]"
      if shape(card) != shape(cards[0]) {
        add("\(path).components", "CARDS_DIFFER", "all cards have the same parts, media and buttons")
      }
      check(card, path)
    }
  }

  private mutating func check(_ card: TemplateCard, _ path: String) {
    var hasHeader = false
    for (index, component) in card.components.enumerated() {
      let field = "\(path).components[\(index)]"
      switch component.type {
      case .header:
        hasHeader = true
        switch component.format {
        case .image, .video: requireExample(component, field)
        case .product: break
        default: add("\(field).format", "FORMAT_NOT_ALLOWED", "the header of a card is an image, a video or a product")
        }
      case .body: checkBody(component, field, longest: Self.longestCardBody)
      case .buttons:
        let buttons = component.buttons ?? []
        if !(1...2).contains(buttons.count) { add("\(field).buttons", "BUTTONS_OUT_OF_RANGE", "1 or 2 a card") }
        checkButtons(buttons, "\(field).buttons")
      default: add("\(field).type", "COMPONENT_NOT_ALLOWED", "a card has a header, a body and buttons")
      }
    }
    if !hasHeader { add("\(path).components", "HEADER_REQUIRED", "a card shows a medium or a product") }
  }
}
