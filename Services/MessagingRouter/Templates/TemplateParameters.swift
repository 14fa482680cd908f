import Contracts
import JSON

/// Whether what a send brings is what its template wants: what Meta would refuse with 132000, 132012 or 132018, told
/// before the call and field by field.
struct TemplateParameters {
  private let template: Template
  private var problems: [TemplateProblem] = []

  /// What does not fit; empty when all does.
  static func check(_ content: TemplateMessage, against template: Template) -> [TemplateProblem] {
    var check = TemplateParameters(template: template)
    check.components(content.components ?? [], template.components, "template.components", isCard: false)
    if template.category == .authentication { check.code(content.components ?? []) }
    if check.problems.isEmpty { check.lengths(content) }
    return check.problems
  }

  private init(template: Template) { self.template = template }

  private mutating func add(_ field: String, _ reason: String, _ message: String) {
    problems.append(TemplateProblem(field, reason, "\(field): \(message)"))
  }

  /// Of the template, or of one card.
  private mutating func components(
    _ given: [JSONValue], _ wanted: [TemplateComponent], _ field: String, isCard: Bool
  ) {
    guard given.count <= 40 else { return add(field, "COMPONENTS_TOO_MANY", "at most 40") }
    var seen: Set<String> = []
    var buttons: Set<Int> = []
    for (index, component) in given.enumerated() {
      let path = "\(field)[\(index)]"
      guard let type = component["type"]?.string?.lowercased() else {
        add("\(path).type", "TYPE_REQUIRED", "header, body, button, carousel or limited_time_offer")
        continue
      }
      if type != "button", !seen.insert(type).inserted {
        add("\(path).type", "COMPONENT_REPEATED", "there is one \(type) already")
        continue
      }
      let parameters = component["parameters"]?.array ?? []
      switch type {
      case "header": header(parameters, wanted.first { $0.type == .header }, path)
      case "body": body(parameters, wanted.first { $0.type == .body }, path)
      case "button": button(component, parameters, wanted.first { $0.type == .buttons }?.buttons ?? [], path, &buttons)
      case "carousel" where !isCard: carousel(component["cards"]?.array ?? [], wanted, path)
      case "limited_time_offer" where !isCard: offer(parameters, wanted, path)
      default:
        if !wanted.contains(where: { $0.type == .other }) {
          add("\(path).type", "COMPONENT_UNKNOWN", "the template has no \(type)")
        }
      }
    }
    missing(wanted, seen, buttons, field)
  }

  /// Parts that need parameters and got none.
  private mutating func missing(
    _ wanted: [TemplateComponent], _ seen: Set<String>, _ buttons: Set<Int>, _ field: String
  ) {
    for component in wanted {
      switch component.type {
      case .header where !seen.contains("header"):
        if component.format == .location || component.format?.isMedia == true {
          add(field, "HEADER_REQUIRED", "the header shows a \(component.format?.rawValue ?? "medium"): give it")
        } else if !TemplateText(component.text ?? "").variables.isEmpty {
          add(field, "HEADER_REQUIRED", "the header has a variable: give its value")
        }
      case .body where !seen.contains("body"):
        let count = variables(ofBody: component).count
        if count > 0 { add(field, "BODY_REQUIRED", "the body has \(count) variables: give their values") }
      case .carousel where !seen.contains("carousel"):
        add(field, "CAROUSEL_REQUIRED", "give the \(component.cards?.count ?? 0) cards of the carousel")
      case .limitedTimeOffer where !seen.contains("limited_time_offer"):
        if component.limitedTimeOffer?.hasExpiration == true {
          add(field, "OFFER_REQUIRED", "the offer has a countdown: give expiration_time_ms")
        }
      case .buttons:
        for (index, button) in (component.buttons ?? []).enumerated() where !buttons.contains(index) {
          if button.needsParameter {
            add(field, "BUTTON_REQUIRED", "button \(index) (\(button.type.rawValue)) needs a value")
          }
        }
      default: break
      }
    }
  }

  private func variables(ofBody body: TemplateComponent) -> [String] {
    guard let text = body.text else { return template.category == .authentication ? ["1"] : [] }
    return TemplateText(text).variables
  }

  // MARK: Header and body

  private mutating func header(_ parameters: [JSONValue], _ header: TemplateComponent?, _ path: String) {
    guard let header else { return add(path, "COMPONENT_UNKNOWN", "the template has no header") }
    if header.format == .text || header.format == nil {
      return texts(parameters, TemplateText(header.text ?? "").variables, "\(path).parameters")
    }
    guard let format = header.format, format != .other else { return }
    guard parameters.count == 1 else {
      return add("\(path).parameters", "PARAMETER_COUNT", "one \(format.rawValue), not \(parameters.count)")
    }
    let field = "\(path).parameters[0]"
    let type = parameters[0]["type"]?.string?.lowercased() ?? ""
    // Meta takes a GIF as a video.
    guard type == format.rawValue || format == .gif && type == "video" else {
      return add("\(field).type", "PARAMETER_TYPE", "the header shows a \(format.rawValue), not a \(type)")
    }
    let value = parameters[0][type]
    if format.isMedia { medium(value, "\(field).\(type)") }
    if format == .location {
      for member in ["latitude", "longitude"] where value?[member]?.double == nil && value?[member]?.string == nil {
        add("\(field).location.\(member)", "PARAMETER_FORMAT", "required")
      }
    }
  }

  private mutating func medium(_ value: JSONValue?, _ field: String) {
    let given = ["id", "link", "media_id"].filter { !(value?[$0]?.string ?? "").isEmpty }
    if given.count != 1 { return add(field, "PARAMETER_FORMAT", "one of link, id and media_id") }
    if let link = value?["link"]?.string, !link.hasPrefix("https://"), !link.hasPrefix("http://") {
      add("\(field).link", "PARAMETER_FORMAT", "an https address")
    }
  }

  private mutating func body(_ parameters: [JSONValue], _ body: TemplateComponent?, _ path: String) {
    guard let body else { return add(path, "COMPONENT_UNKNOWN", "the template has no body") }
    texts(parameters, variables(ofBody: body), "\(path).parameters")
  }

  /// Values of variables: as many as there are, each of the right name.
  private mutating func texts(_ parameters: [JSONValue], _ names: [String], _ field: String) {
    guard parameters.count == names.count else {
      return add(field, "PARAMETER_COUNT", "\(names.count) variables, \(parameters.count) parameters")
    }
    var left = Set(names)
    for (index, parameter) in parameters.enumerated() {
      let path = "\(field)[\(index)]"
      text(parameter, path)
      let name = parameter["parameter_name"]?.string
      guard template.parameterFormat == .named else {
        if name != nil {
          add("\(path).parameter_name", "PARAMETER_NAMED", "the template's variables are numbered: no names")
        }
        continue
      }
      guard let name else {
        add("\(path).parameter_name", "PARAMETER_NAME_REQUIRED", "one of \(names.joined(separator: ", "))")
        continue
      }
      if left.remove(name) == nil {
        add("\(path).parameter_name", "PARAMETER_NAME_UNKNOWN", "one of \(names.joined(separator: ", ")), each once")
      }
    }
  }

  private mutating func text(_ parameter: JSONValue, _ field: String) {
    switch parameter["type"]?.string?.lowercased() {
    case "text":
      guard let text = parameter["text"]?.string, !text.isEmpty else {
        return add("\(field).text", "PARAMETER_FORMAT", "not empty")
      }
      // Meta's words: no new-line or tab characters, no more than 4 consecutive spaces.
      if text.contains(where: { $0.isNewline || $0 == "\t" }) || text.contains("     ") {
        add("\(field).text", "PARAMETER_FORMAT", "no line ends, no tabs, at most four spaces in a row")
      }
    case "currency":
      let value = parameter["currency"]
      if value?["fallback_value"]?.string == nil || value?["code"]?.string == nil || value?["amount_1000"]?.int64 == nil
      {
        add("\(field).currency", "PARAMETER_FORMAT", "fallback_value, code and amount_1000")
      }
    case "date_time":
      if parameter["date_time"]?["fallback_value"]?.string == nil {
        add("\(field).date_time.fallback_value", "PARAMETER_FORMAT", "required")
      }
    default: add("\(field).type", "PARAMETER_TYPE", "text, currency or date_time")
    }
  }

  // MARK: Buttons

  private mutating func button(
    _ component: JSONValue, _ parameters: [JSONValue], _ buttons: [TemplateButton], _ path: String,
    _ seen: inout Set<Int>
  ) {
    let index = component["index"].flatMap { $0.int64.map { Int($0) } ?? $0.string.flatMap { Int($0) } }
    guard let index, buttons.indices.contains(index) else {
      return add("\(path).index", "BUTTON_UNKNOWN", "the template has \(buttons.count) buttons, counted from 0")
    }
    guard seen.insert(index).inserted else {
      return add("\(path).index", "COMPONENT_REPEATED", "button \(index) has its parameters already")
    }
    let wanted = buttons[index]
    let type = component["sub_type"]?.string?.lowercased() ?? ""
    guard wanted.type == .other || wanted.subTypes.contains(type) else {
      return add("\(path).sub_type", "BUTTON_TYPE", "button \(index) is \(wanted.subTypes[0]), not \"\(type)\"")
    }
    let field = "\(path).parameters"
    let expects = wanted.needsParameter
    if expects && parameters.count != 1 || parameters.count > 1 {
      return add(field, "PARAMETER_COUNT", "\(expects ? "one" : "at most one"), not \(parameters.count)")
    }
    guard let parameter = parameters.first else { return }
    check(parameter, of: wanted, "\(field)[0]")
  }

  private mutating func check(_ parameter: JSONValue, of button: TemplateButton, _ field: String) {
    let type = parameter["type"]?.string?.lowercased() ?? ""
    switch button.type {
    case .url, .otp:
      guard button.hasVariable || button.isCodeURL else {
        return add(field, "PARAMETER_COUNT", "the address of this button has no variable")
      }
      let suffix = parameter["text"]?.string ?? ""
      if type != "text" || suffix.isEmpty {
        return add("\(field).text", "PARAMETER_FORMAT", "the end of the address as a text")
      }
      if suffix.contains(where: \.isWhitespace) || suffix.utf8.count > 2_000 {
        add("\(field).text", "PARAMETER_FORMAT", "no white space, at most 2000 bytes")
      }
    case .copyCode:
      let code = parameter["coupon_code"]?.string ?? ""
      if type != "coupon_code" || code.isEmpty || code.unicodeScalars.count > 15 {
        add("\(field).coupon_code", "PARAMETER_FORMAT", "a coupon_code of 1 to 15 characters")
      }
    case .quickReply:
      let payload = parameter["payload"]?.string ?? ""
      if type != "payload" || payload.isEmpty || payload.utf8.count > 256 {
        add("\(field).payload", "PARAMETER_FORMAT", "a payload of 1 to 256 bytes")
      }
    case .flow, .catalog, .mpm, .spm:
      if type != "action" || parameter["action"]?.object == nil {
        add("\(field).action", "PARAMETER_FORMAT", "an action")
      }
    case .phoneNumber: add(field, "PARAMETER_COUNT", "this button takes no parameter")
    case .voiceCall, .callPermissionRequest, .requestContactInfo, .other: break
    }
  }

  // MARK: Special kinds

  private mutating func carousel(_ cards: [JSONValue], _ wanted: [TemplateComponent], _ path: String) {
    guard let carousel = wanted.first(where: { $0.type == .carousel }), let own = carousel.cards else {
      return add(path, "COMPONENT_UNKNOWN", "the template has no carousel")
    }
    guard cards.count == own.count else {
      return add("\(path).cards", "CARD_COUNT", "\(own.count) cards, not \(cards.count)")
    }
    var seen: Set<Int> = []
    for (place, card) in cards.enumerated() {
      let field = "\(path).cards[\(place)]"
      let index = card["card_index"].flatMap { $0.int64.map { Int($0) } ?? $0.string.flatMap { Int($0) } }
      guard let index, own.indices.contains(index), seen.insert(index).inserted else {
        add("\(field).card_index", "CARD_INDEX", "0 to \(own.count - 1), each once")
        continue
      }
      components(card["components"]?.array ?? [], own[index].components, "\(field).components", isCard: true)
    }
  }

  private mutating func offer(_ parameters: [JSONValue], _ wanted: [TemplateComponent], _ path: String) {
    guard wanted.contains(where: { $0.type == .limitedTimeOffer }) else {
      return add(path, "COMPONENT_UNKNOWN", "the template has no limited-time offer")
    }
    let value = parameters.first?["limited_time_offer"]?["expiration_time_ms"]
    if parameters.count != 1 || (value?.int64 ?? 0) <= 0 {
      add(
        "\(path).parameters[0].limited_time_offer.expiration_time_ms", "PARAMETER_FORMAT",
        "milliseconds since 1970 as a number")
    }
  }

  /// The code stands in the body and in the button, and is the same in both.
  private mutating func code(_ given: [JSONValue]) {
    func text(_ type: String) -> (place: Int, text: String)? {
      guard let place = given.firstIndex(where: { $0["type"]?.string?.lowercased() == type }),
        let text = given[place]["parameters"]?[0]?["text"]?.string
      else { return nil }
      return (place, text)
    }
    guard let body = text("body") else { return }
    let field = "template.components[\(body.place)].parameters[0].text"
    if body.text.unicodeScalars.count > 15 { add(field, "CODE_TOO_LONG", "a code has at most 15 characters") }
    if let button = text("button"), button.text != body.text {
      add(
        "template.components[\(button.place)].parameters[0].text", "CODES_DIFFER",
        "the button copies the code of the body: the same text in both")
    }
  }

  /// Meta's 132005: what is filled in must not make it too long.
  private mutating func lengths(_ content: TemplateMessage) {
    let shown = TemplateRendering(template).preview(TemplateRendering.values(of: content, in: template))
    let isAlone = template.components.allSatisfy { $0.type == .body }
    let most = isAlone ? 32_768 : TemplateRules.longestBody
    if let body = shown.body, body.unicodeScalars.count > most {
      add("template.components", "BODY_TOO_LONG", "the body with its values has at most \(most) characters")
    }
    if template.component(.header)?.format == .text, let header = shown.header,
      header.unicodeScalars.count > TemplateRules.longestHeader
    {
      add(
        "template.components", "HEADER_TOO_LONG",
        "the header with its value has at most \(TemplateRules.longestHeader) characters")
    }
  }
}

extension TemplateButton {
  /// Whether a send has to bring something for it.
  var needsParameter: Bool {
    switch type {
    case .url: hasVariable || isCodeURL
    case .copyCode, .otp, .mpm: true
    default: false
    }
  }

  /// What Meta calls it in a send.
  var subTypes: [String] {
    switch type {
    // Whatever kind of code it is, it is filled as the address of a button.
    case .otp: ["url"]
    case .copyCode where isCodeURL: ["url"]
    default: [type.rawValue]
    }
  }
}
