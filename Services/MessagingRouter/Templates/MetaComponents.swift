import Contracts
import JSON

/// Components between Meta's JSON and ours. Reading never fails: what is not known is kept as it came.
enum MetaComponents {
  static func read(_ value: JSONValue) -> [TemplateComponent] { (value.array ?? []).map(component) }

  private static func component(_ value: JSONValue) -> TemplateComponent {
    let kind = (value["type"]?.string).flatMap { TemplateComponent.Kind(rawValue: $0.lowercased()) }
    guard let kind, kind != .other else { return TemplateComponent(.other, raw: value) }
    var component = TemplateComponent(kind)
    component.text = value["text"]?.string
    component.example = value["example"].flatMap(example)
    component.addSecurityRecommendation = value["add_security_recommendation"]?.bool
    component.codeExpirationMinutes = value["code_expiration_minutes"]?.int64.map { Int($0) }
    if kind == .header {
      component.format = TemplateHeaderFormat(rawValue: value["format"]?.string?.lowercased() ?? "text") ?? .other
      if component.format == .other { component.raw = value }
    }
    if kind == .buttons { component.buttons = (value["buttons"]?.array ?? []).map(button) }
    if kind == .carousel {
      component.cards = (value["cards"]?.array ?? []).map { TemplateCard(components: read($0["components"] ?? [])) }
    }
    if kind == .limitedTimeOffer, let offer = value["limited_time_offer"] {
      component.limitedTimeOffer = TemplateOffer(
        text: offer["text"]?.string ?? "", hasExpiration: offer["has_expiration"]?.bool)
    }
    return component
  }

  private static func button(_ value: JSONValue) -> TemplateButton {
    let kind = (value["type"]?.string).flatMap { TemplateButton.Kind(rawValue: $0.lowercased()) }
    guard let kind, kind != .other else {
      return TemplateButton(.other, text: value["text"]?.string, raw: value)
    }
    var button = TemplateButton(kind, text: value["text"]?.string, url: value["url"]?.string)
    button.phoneNumber = value["phone_number"]?.string
    button.example = value["example"].flatMap { $0.string.map { [$0] } ?? $0.array?.compactMap(\.string) }
    button.otpType = (value["otp_type"]?.string).flatMap { .init(rawValue: $0.lowercased()) }
    button.autofillText = value["autofill_text"]?.string
    button.supportedApps = value["supported_apps"]?.array?.compactMap { app in
      guard let package = app["package_name"]?.string, let hash = app["signature_hash"]?.string else { return nil }
      return TemplateButton.App(packageName: package, signatureHash: hash)
    }
    button.zeroTapTermsAccepted = value["zero_tap_terms_accepted"]?.bool
    button.flowID = value["flow_id"].flatMap { $0.string ?? $0.int64.map { String($0) } }
    button.flowName = value["flow_name"]?.string
    button.flowJSON = value["flow_json"]?.string
    button.flowAction = value["flow_action"]?.string
    button.navigateScreen = value["navigate_screen"]?.string
    button.ttlMinutes = value["ttl_minutes"]?.int64.map { Int($0) }
    return button
  }

  private static func example(_ value: JSONValue) -> TemplateExample? {
    guard value.object != nil else { return nil }
    func texts(_ value: JSONValue?) -> [String]? { value?.array?.compactMap(\.string) }
    func named(_ value: JSONValue?) -> [TemplateNamedExample]? {
      value?.array?.compactMap { entry in
        guard let name = entry["param_name"]?.string else { return nil }
        return TemplateNamedExample(paramName: name, example: entry["example"]?.string ?? "")
      }
    }
    return TemplateExample(
      headerText: texts(value["header_text"]), headerTextNamedParams: named(value["header_text_named_params"]),
      headerHandle: texts(value["header_handle"]),
      bodyText: value["body_text"]?.array.map { lists in
        // Some of Meta's answers have the one list without its outer one.
        let inner = lists.compactMap { texts($0) }
        return inner.isEmpty ? [lists.compactMap(\.string)] : inner
      }, bodyTextNamedParams: named(value["body_text_named_params"]))
  }

  // MARK: Towards Meta

  static func write(_ components: [TemplateComponent]) -> JSONValue { .array(components.map(write)) }

  private static func write(_ component: TemplateComponent) -> JSONValue {
    if let raw = component.raw { return raw }
    var object: JSONObject = ["type": .string(component.type.rawValue.uppercased())]
    object["format"] = component.format.map { .string($0.rawValue.uppercased()) }
    object["text"] = component.text.map { .string($0) }
    object["example"] = component.example.map(write)
    object["add_security_recommendation"] = component.addSecurityRecommendation.map { .bool($0) }
    object["code_expiration_minutes"] = component.codeExpirationMinutes.map { .integer(Int64($0)) }
    object["buttons"] = component.buttons.map { .array($0.map(write)) }
    object["cards"] = component.cards.map { cards in
      .array(cards.map { ["components": write($0.components)] })
    }
    object["limited_time_offer"] = component.limitedTimeOffer.map { offer in
      var members: JSONObject = ["text": .string(offer.text)]
      members["has_expiration"] = offer.hasExpiration.map { .bool($0) }
      return .object(members)
    }
    return .object(object)
  }

  private static func write(_ button: TemplateButton) -> JSONValue {
    if let raw = button.raw { return raw }
    var object: JSONObject = ["type": .string(button.type.rawValue.uppercased())]
    object["text"] = button.text.map { .string($0) }
    object["url"] = button.url.map { .string($0) }
    object["phone_number"] = button.phoneNumber.map { .string($0) }
    // A code stands alone, a URL in a list (template components page).
    object["example"] = button.example.map { example in
      button.type == .copyCode ? .string(example.first ?? "") : .array(example.map { .string($0) })
    }
    object["otp_type"] = button.otpType.map { .string($0.rawValue.uppercased()) }
    object["autofill_text"] = button.autofillText.map { .string($0) }
    object["supported_apps"] = button.supportedApps.map { apps in
      .array(
        apps.map { ["package_name": .string($0.packageName), "signature_hash": .string($0.signatureHash)] })
    }
    object["zero_tap_terms_accepted"] = button.zeroTapTermsAccepted.map { .bool($0) }
    object["flow_id"] = button.flowID.map { .string($0) }
    object["flow_name"] = button.flowName.map { .string($0) }
    object["flow_json"] = button.flowJSON.map { .string($0) }
    object["flow_action"] = button.flowAction.map { .string($0) }
    object["navigate_screen"] = button.navigateScreen.map { .string($0) }
    object["ttl_minutes"] = button.ttlMinutes.map { .integer(Int64($0)) }
    return .object(object)
  }

  private static func write(_ example: TemplateExample) -> JSONValue {
    func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
    func named(_ list: [TemplateNamedExample]) -> JSONValue {
      .array(list.map { ["param_name": .string($0.paramName), "example": .string($0.example)] })
    }
    var object = JSONObject()
    object["header_text"] = example.headerText.map(texts)
    object["header_text_named_params"] = example.headerTextNamedParams.map(named)
    object["header_handle"] = example.headerHandle.map(texts)
    object["body_text"] = example.bodyText.map { .array($0.map(texts)) }
    object["body_text_named_params"] = example.bodyTextNamedParams.map(named)
    return .object(object)
  }
}
