import Contracts

/// What a send of a template has to bring, found in its components.
enum TemplateVariables {
  static func of(_ components: [TemplateComponent], _ format: TemplateParameterFormat) -> [TemplateVariable] {
    var variables: [TemplateVariable] = []
    for component in components {
      switch component.type {
      case .header: variables += header(component, format)
      case .body: variables += body(component, prefix: "")
      case .buttons: variables += buttons(component.buttons ?? [], prefix: "button_", place: "button")
      case .limitedTimeOffer:
        if component.limitedTimeOffer?.hasExpiration == true {
          variables.append(TemplateVariable(name: "offer_expires_at", place: "offer"))
        }
      case .carousel:
        for (index, card) in (component.cards ?? []).enumerated() {
          for part in card.components {
            if part.type == .body { variables += body(part, prefix: "card_\(index)_", place: "card") }
            if part.type == .buttons {
              variables += buttons(part.buttons ?? [], prefix: "card_\(index)_button_", place: "card")
            }
          }
        }
      case .footer, .callPermissionRequest, .other: break
      }
    }
    return unique(variables)
  }

  private static func header(_ header: TemplateComponent, _ format: TemplateParameterFormat) -> [TemplateVariable] {
    guard header.format == .text || header.format == nil, let text = header.text else { return [] }
    return TemplateText(text).variables.map { name in
      let example =
        header.example?.headerTextNamedParams?.first { $0.paramName == name }?.example
        ?? header.example?.headerText?.first
      // A named one may stand in header and body alike; a number means another place in each.
      return TemplateVariable(
        name: TemplateText.isNumber(name) ? "header_\(name)" : name, place: "header", example: example)
    }
  }

  private static func body(
    _ body: TemplateComponent, prefix: String, place: String = "body"
  ) -> [TemplateVariable] {
    // Of an authentication template Meta may leave the words out: the code is its one variable.
    guard let text = body.text else {
      return body.addSecurityRecommendation == nil ? [] : [TemplateVariable(name: prefix + "1", place: place)]
    }
    return TemplateText(text).variables.enumerated().map { index, name in
      let positional = body.example?.bodyText?.first ?? []
      let at = TemplateText.isNumber(name) ? (Int(name) ?? 0) - 1 : index
      let example =
        body.example?.bodyTextNamedParams?.first { $0.paramName == name }?.example
        ?? (positional.indices.contains(at) ? positional[at] : nil)
      return TemplateVariable(name: prefix + name, place: place, example: example)
    }
  }

  private static func buttons(_ buttons: [TemplateButton], prefix: String, place: String) -> [TemplateVariable] {
    buttons.enumerated().compactMap { index, button in
      switch button.type {
      case .url where button.hasVariable && !button.isCodeURL, .copyCode:
        TemplateVariable(name: "\(prefix)\(index)", place: place, example: button.example?.first)
      default: nil
      }
    }
  }

  private static func unique(_ variables: [TemplateVariable]) -> [TemplateVariable] {
    var seen: Set<String> = []
    return variables.filter { seen.insert($0.name).inserted }
  }
}

extension TemplateButton {
  /// Whether its URL ends with a variable.
  var hasVariable: Bool { url.map { !TemplateText($0).variables.isEmpty } ?? false }

  /// Meta lists the button of an authentication template as the URL that carries the code.
  var isCodeURL: Bool { otpType != nil || url?.contains("/otp/code/") == true }
}

extension Template {
  func component(_ kind: TemplateComponent.Kind) -> TemplateComponent? { components.first { $0.type == kind } }

  var buttons: [TemplateButton] { component(.buttons)?.buttons ?? [] }

  /// It asks the customer for a call, or offers one.
  var requestsCall: Bool {
    component(.callPermissionRequest) != nil
      || buttons.contains { $0.type == .voiceCall || $0.type == .callPermissionRequest }
  }
}
