import Contracts
import JSON

/// What a template reads like with its variables filled.
struct TemplateRendering {
  private let template: Template

  init(_ template: Template) { self.template = template }

  /// `values` by the names of the template's variables.
  func preview(_ values: [String: String]) -> TemplatePreview {
    var filler = Filler(values: values, variables: template.variables)
    var header: String?
    var body: String?
    var footer: String?
    var buttons: [TemplatePreview.Button] = []
    var cards: [TemplatePreview.Card] = []
    for component in template.components {
      switch component.type {
      case .header: header = filler.header(component)
      case .body: body = filler.body(component, prefix: "")
      case .footer:
        footer = component.text ?? component.codeExpirationMinutes.map { "This code expires in \($0) minutes." }
      case .buttons: buttons = filler.buttons(component.buttons ?? [], prefix: "button_")
      case .carousel:
        cards = (component.cards ?? []).enumerated().map { index, card in filler.card(card, index) }
      case .limitedTimeOffer:
        if let offer = component.limitedTimeOffer {
          header = [header, offer.text].compactMap { $0 }.joined(separator: "\n")
        }
      case .callPermissionRequest: buttons.append(.init(type: .callPermissionRequest, text: "Can we call you?"))
      case .other: break
      }
    }
    let words =
      [header, body, footer].compactMap { $0 }
      + cards.map { card in [card.header, card.body].compactMap { $0 }.joined(separator: "\n") }
      + buttons.map { "[\($0.text)]" }
    return TemplatePreview(
      header: header, body: body, footer: footer, buttons: buttons, cards: cards,
      text: words.joined(separator: "\n"), missing: filler.missing)
  }

  /// The values that a send carries, by the names of the template's variables.
  static func values(of content: TemplateMessage, in template: Template) -> [String: String] {
    var values: [String: String] = [:]
    read(content.components ?? [], template.components, template.parameterFormat, "", into: &values)
    return values
  }

  private static func read(
    _ given: [JSONValue], _ wanted: [TemplateComponent], _ format: TemplateParameterFormat, _ prefix: String,
    into values: inout [String: String]
  ) {
    for component in given {
      let parameters = component["parameters"]?.array ?? []
      switch component["type"]?.string?.lowercased() {
      case "header":
        let names = TemplateText(wanted.first { $0.type == .header }?.text ?? "").variables
        for (name, parameter) in zip(names, parameters) {
          values[TemplateText.isNumber(name) ? "header_\(name)" : name] = text(parameter)
        }
      case "body":
        for (index, parameter) in parameters.enumerated() {
          let name = format == .named ? parameter["parameter_name"]?.string : nil
          values[prefix + (name ?? String(index + 1))] = text(parameter)
        }
      case "button":
        let index = component["index"].flatMap { $0.int64.map { Int($0) } ?? $0.string.flatMap { Int($0) } }
        guard let index, let parameter = parameters.first else { continue }
        values["\(prefix)button_\(index)"] = parameter["coupon_code"]?.string ?? text(parameter)
      case "limited_time_offer":
        values["offer_expires_at"] = parameters.first?["limited_time_offer"]?["expiration_time_ms"]?.int64.map {
          Timestamp(milliseconds: $0).description
        }
      case "carousel":
        let cards = wanted.first { $0.type == .carousel }?.cards ?? []
        for card in component["cards"]?.array ?? [] {
          let index = card["card_index"].flatMap { $0.int64.map { Int($0) } ?? $0.string.flatMap { Int($0) } }
          guard let index, cards.indices.contains(index) else { continue }
          read(
            card["components"]?.array ?? [], cards[index].components, format, "card_\(index)_", into: &values)
        }
      default: break
      }
    }
  }

  private static func text(_ parameter: JSONValue) -> String? {
    parameter["text"]?.string ?? parameter["currency"]?["fallback_value"]?.string
      ?? parameter["date_time"]?["fallback_value"]?.string ?? parameter["payload"]?.string
  }

  /// Fills texts and remembers what had no value.
  private struct Filler {
    let values: [String: String]
    let variables: [TemplateVariable]
    var missing: [String] = []

    init(values: [String: String], variables: [TemplateVariable]) {
      self.values = values
      self.variables = variables
    }

    private mutating func value(_ name: String, else fallback: String) -> String {
      if let value = values[name] { return value }
      if !missing.contains(name) { missing.append(name) }
      return variables.first { $0.name == name }?.example ?? fallback
    }

    private mutating func fill(_ text: String, _ name: (String) -> String) -> String {
      var result = ""
      for part in TemplateText(text).parts {
        switch part {
        case .words(let words): result += words
        case .variable(let variable): result += value(name(variable), else: "{{\(variable)}}")
        }
      }
      return result
    }

    mutating func header(_ header: TemplateComponent) -> String? {
      guard header.format == .text || header.format == nil else { return header.format.map { "[\($0.rawValue)]" } }
      return header.text.map { fill($0) { TemplateText.isNumber($0) ? "header_\($0)" : $0 } }
    }

    mutating func body(_ body: TemplateComponent, prefix: String) -> String? {
      if let text = body.text { return fill(text) { prefix + $0 } }
      // Meta's words for a code, until its list has told them.
      guard body.addSecurityRecommendation != nil else { return nil }
      return fill("{{1}} is your verification code.") { prefix + $0 }
        + (body.addSecurityRecommendation == true ? " For your security, do not share this code." : "")
    }

    mutating func buttons(_ buttons: [TemplateButton], prefix: String) -> [TemplatePreview.Button] {
      buttons.enumerated().map { index, button in
        let name = "\(prefix)\(index)"
        var target: String?
        switch button.type {
        case .url where button.isCodeURL, .otp: target = values["1"]
        case .url: target = url(button, name)
        case .copyCode: target = value(name, else: "")
        case .phoneNumber: target = button.phoneNumber
        default: break
        }
        return .init(type: button.type, text: button.text ?? Self.words(button.type), target: target)
      }
    }

    /// An example is the whole address.
    private mutating func url(_ button: TemplateButton, _ name: String) -> String? {
      guard let url = button.url, button.hasVariable else { return button.url }
      if let value = values[name] { return TemplateText(url).filled { _ in value } }
      if !missing.contains(name) { missing.append(name) }
      return button.example?.first ?? url
    }

    mutating func card(_ card: TemplateCard, _ index: Int) -> TemplatePreview.Card {
      var header: String?
      var body: String?
      var buttons: [TemplatePreview.Button] = []
      for component in card.components {
        switch component.type {
        case .header: header = component.format.map { "[\($0.rawValue)]" }
        case .body: body = self.body(component, prefix: "card_\(index)_")
        case .buttons: buttons = self.buttons(component.buttons ?? [], prefix: "card_\(index)_button_")
        default: break
        }
      }
      return .init(header: header, body: body, buttons: buttons)
    }

    /// What Meta writes on buttons that have no text of their own.
    private static func words(_ kind: TemplateButton.Kind) -> String {
      switch kind {
      case .copyCode, .otp: "Copy code"
      case .catalog, .mpm, .spm: "View items"
      case .callPermissionRequest: "Allow calls"
      case .requestContactInfo: "Share contact"
      default: kind.rawValue
      }
    }
  }
}
