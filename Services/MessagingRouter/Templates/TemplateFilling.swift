import Contracts
import JSON

/// Makes what Meta wants of a send out of values by name.
struct TemplateFilling {
  private let template: Template
  private let media: TemplateMedia
  private var left: [String: String]
  private var used: Set<String> = []
  private var problems: [TemplateProblem] = []
  private var usedHeader = false

  /// The parameters of a send. What is missing or too much is told by its field.
  static func fill(
    _ template: Template, variables: [String: String], media: TemplateMedia = TemplateMedia()
  ) -> (content: TemplateMessage, problems: [TemplateProblem]) {
    var filling = TemplateFilling(template: template, media: media, left: variables)
    let components = filling.components(template.components, prefix: "", card: nil)
    filling.tellWhatIsTooMuch()
    return (
      TemplateMessage(
        name: template.name, language: TemplateLanguage(code: template.language),
        components: components.isEmpty ? nil : components), filling.problems
    )
  }

  private init(template: Template, media: TemplateMedia, left: [String: String]) {
    self.template = template
    self.media = media
    self.left = left
  }

  private mutating func value(_ name: String) -> String? {
    used.insert(name)
    if let value = left[name], !value.isEmpty { return value }
    problems.append(
      TemplateProblem("variables.\(name)", "VARIABLE_REQUIRED", "variables.\(name): the template needs a value for it"))
    return nil
  }

  private mutating func components(_ wanted: [TemplateComponent], prefix: String, card: Int?) -> [JSONValue] {
    var components: [JSONValue] = []
    for component in wanted {
      switch component.type {
      case .header:
        if let header = header(component, card: card) { components.append(header) }
      case .body:
        let parameters = body(component, prefix)
        if !parameters.isEmpty { components.append(["type": "body", "parameters": .array(parameters)]) }
      case .buttons:
        for (index, button) in (component.buttons ?? []).enumerated() {
          if let button = self.button(button, index, prefix) { components.append(button) }
        }
      case .limitedTimeOffer where component.limitedTimeOffer?.hasExpiration == true:
        if let offer = offer() { components.append(offer) }
      case .carousel:
        let cards = (component.cards ?? []).enumerated().map { index, card -> JSONValue in
          let parts = self.components(card.components, prefix: "card_\(index)_", card: index)
          return ["card_index": .integer(Int64(index)), "components": .array(parts)]
        }
        components.append(["type": "carousel", "cards": .array(cards)])
      case .footer, .limitedTimeOffer, .callPermissionRequest, .other: break
      }
    }
    return components
  }

  private mutating func header(_ header: TemplateComponent, card: Int?) -> JSONValue? {
    switch header.format {
    case .text, nil:
      let names = TemplateText(header.text ?? "").variables
      let parameters = names.compactMap { name -> JSONValue? in
        let isNumber = TemplateText.isNumber(name)
        return value(isNumber ? "header_\(name)" : name).map { Self.text($0, name: isNumber ? nil : name) }
      }
      return parameters.isEmpty ? nil : ["type": "header", "parameters": .array(parameters)]
    case .location:
      usedHeader = true
      guard let place = media.location else { return missing("header_location", "the header shows a place") }
      var location: JSONObject = ["latitude": .number(place.latitude), "longitude": .number(place.longitude)]
      location["name"] = place.name.map { .string($0) }
      location["address"] = place.address.map { .string($0) }
      return ["type": "header", "parameters": [["type": "location", "location": .object(location)]]]
    case .image, .video, .gif, .document:
      let format = header.format ?? .image
      if card == nil { usedHeader = true }
      let field = card.map { "card_media[\($0)]" } ?? "header_media"
      guard let medium = card.map({ media.cards.indices.contains($0) ? media.cards[$0] : nil }) ?? media.header else {
        return missing(field, "a \(format.rawValue) is shown there")
      }
      guard (medium.link == nil) != (medium.mediaID == nil) else {
        problems.append(TemplateProblem(field, "MEDIA_INVALID", "\(field): media_id or link, not both"))
        return nil
      }
      let type = format == .gif ? "video" : format.rawValue
      var object = JSONObject()
      object["link"] = medium.link.map { .string($0) }
      object["media_id"] = medium.mediaID.map { .string($0.text) }
      object["filename"] = format == .document ? medium.filename.map { .string($0) } : nil
      var parameter: JSONObject = ["type": .string(type)]
      parameter[type] = .object(object)
      return ["type": "header", "parameters": [.object(parameter)]]
    case .product, .other: return nil
    }
  }

  private mutating func missing(_ field: String, _ why: String) -> JSONValue? {
    problems.append(TemplateProblem(field, "MEDIA_REQUIRED", "\(field): \(why)"))
    return nil
  }

  private mutating func body(_ body: TemplateComponent, _ prefix: String) -> [JSONValue] {
    let names =
      body.text.map { TemplateText($0).variables } ?? (template.category == .authentication ? ["1"] : [])
    let ordered = names.allSatisfy(TemplateText.isNumber) ? names.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) } : names
    return ordered.compactMap { name in
      value(prefix + name).map { Self.text($0, name: TemplateText.isNumber(name) ? nil : name) }
    }
  }

  private mutating func button(_ button: TemplateButton, _ index: Int, _ prefix: String) -> JSONValue? {
    var parameter: JSONValue?
    switch button.type {
    case .otp: parameter = left["1"].map { Self.text($0, name: nil) }
    case .url where button.isCodeURL: parameter = left["1"].map { Self.text($0, name: nil) }
    case .url where button.hasVariable:
      parameter = value("\(prefix)button_\(index)").map { Self.text($0, name: nil) }
    case .copyCode:
      parameter = value("\(prefix)button_\(index)").map { ["type": "coupon_code", "coupon_code": .string($0)] }
    default: return nil
    }
    guard let parameter else { return nil }
    return [
      "type": "button", "sub_type": .string(button.subTypes[0]), "index": .string(String(index)),
      "parameters": [parameter],
    ]
  }

  private mutating func offer() -> JSONValue? {
    guard let text = value("offer_expires_at") else { return nil }
    let moment: Int64?
    do throws(ValueFailure) {
      moment = try Timestamp(parsing: text).milliseconds
    } catch {
      moment = Int64(text)
    }
    guard let moment, moment > 0 else {
      problems.append(
        TemplateProblem(
          "variables.offer_expires_at", "VARIABLE_INVALID",
          "variables.offer_expires_at: a time such as 2026-11-22T10:30:00Z"))
      return nil
    }
    return [
      "type": "limited_time_offer",
      "parameters": [
        ["type": "limited_time_offer", "limited_time_offer": ["expiration_time_ms": .integer(moment)]]
      ],
    ]
  }

  private mutating func tellWhatIsTooMuch() {
    for name in left.keys.sorted() where !used.contains(name) {
      let known = template.variables.map(\.name).joined(separator: ", ")
      problems.append(
        TemplateProblem(
          "variables.\(name)", "VARIABLE_UNKNOWN",
          "variables.\(name): the template's variables are \(known.isEmpty ? "none" : known)"))
    }
    if !usedHeader, media.header != nil || media.location != nil {
      let field = media.header == nil ? "header_location" : "header_media"
      problems.append(TemplateProblem(field, "MEDIA_UNKNOWN", "\(field): the template's header shows none"))
    }
  }

  private static func text(_ text: String, name: String?) -> JSONValue {
    var object: JSONObject = ["type": "text"]
    object["parameter_name"] = name.map { .string($0) }
    object["text"] = .string(text)
    return .object(object)
  }
}

/// What a send shows beside words.
struct TemplateMedia: Sendable {
  var header: MessageMedia?
  var location: MessageLocation?
  var cards: [MessageMedia] = []
}
