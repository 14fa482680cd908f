import Contracts

extension TemplateRules {
  private static let most: [TemplateButton.Kind: Int] = [
    .url: 2, .phoneNumber: 1, .copyCode: 1, .flow: 1, .catalog: 1, .mpm: 1, .spm: 1, .voiceCall: 1,
    .callPermissionRequest: 1, .requestContactInfo: 1,
  ]

  mutating func checkButtons(_ buttons: [TemplateButton], _ field: String) {
    guard (1...10).contains(buttons.count) else {
      return add(field, "BUTTONS_OUT_OF_RANGE", "1 to 10 buttons")
    }
    for (kind, most) in Self.most.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let count = buttons.count { $0.type == kind }
      if count > most { add(field, "BUTTONS_TOO_MANY", "at most \(most) of \(kind.rawValue), not \(count)") }
    }
    checkGroups(buttons, field)
    for (index, button) in buttons.enumerated() { check(button, "\(field)[\(index)]") }
    let texts = buttons.compactMap(\.text)
    if Set(texts).count < texts.count { add(field, "BUTTONS_ALIKE", "each button has a text of its own") }
  }

  /// Quick replies stand together: before all others, or behind them.
  private mutating func checkGroups(_ buttons: [TemplateButton], _ field: String) {
    var changes = 0
    for (one, next) in zip(buttons, buttons.dropFirst())
    where (one.type == .quickReply) != (next.type == .quickReply) { changes += 1 }
    if changes > 1 { add(field, "QUICK_REPLIES_APART", "quick replies stand together, before or behind the others") }
  }

  private mutating func check(_ button: TemplateButton, _ field: String) {
    switch button.type {
    case .copyCode: break
    case .otp: return add("\(field).type", "BUTTON_NOT_ALLOWED", "only in authentication templates")
    case .other:
      if button.raw == nil { add("\(field).raw", "RAW_REQUIRED", "a button of another type brings Meta's JSON in raw") }
      return
    default: checkText(button, field)
    }
    switch button.type {
    case .url: checkURL(button, field)
    case .phoneNumber:
      let number = button.phoneNumber ?? ""
      let isRight =
        (4...20).contains(number.utf8.count) && number.utf8.allSatisfy { (48...57).contains($0) || $0 == 43 }
      if !isRight { add("\(field).phone_number", "PHONE_INVALID", "at most 20 digits, with the country code") }
    case .copyCode:
      let example = button.example?.first ?? ""
      if example.isEmpty { add("\(field).example", "EXAMPLE_REQUIRED", "an example of the code") }
      if example.unicodeScalars.count > 15 { add("\(field).example", "CODE_TOO_LONG", "at most 15 characters") }
    case .flow:
      let named = [button.flowID, button.flowName, button.flowJSON].compactMap { $0 }
      if named.count != 1 { add("\(field).flow_id", "FLOW_REQUIRED", "one of flow_id, flow_name and flow_json") }
    default: break
    }
  }

  private mutating func checkText(_ button: TemplateButton, _ field: String) {
    guard let text = button.text, !MessageText.isBlank(text) else {
      // Meta words these itself.
      if ![.callPermissionRequest, .requestContactInfo, .mpm, .spm, .catalog].contains(button.type) {
        add("\(field).text", "TEXT_REQUIRED", "a button has a text")
      }
      return
    }
    guard length(text, "\(field).text", 25, "BUTTON_TOO_LONG") else { return }
    let parsed = TemplateText(text)
    if !parsed.variables.isEmpty || parsed.hasBrokenBraces || text.contains(where: \.isNewline) {
      add("\(field).text", "BUTTON_FORMAT", "no variables and no line ends")
    }
  }

  private mutating func checkURL(_ button: TemplateButton, _ field: String) {
    let url = button.url ?? ""
    guard url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.count > 10, !url.contains(" ") else {
      return add("\(field).url", "URL_INVALID", "a whole http or https address")
    }
    guard length(url, "\(field).url", 2_000, "URL_TOO_LONG") else { return }
    let parsed = TemplateText(url)
    guard !parsed.hasBrokenBraces else { return add("\(field).url", "VARIABLE_INVALID", "the variable is {{1}}") }
    let variables = parsed.parts.filter { if case .variable = $0 { true } else { false } }
    guard let variable = variables.first else { return }
    if variables.count > 1 {
      add("\(field).url", "URL_VARIABLES", "one variable at most")
    } else if parsed.parts.last != variable {
      add("\(field).url", "URL_VARIABLE_NOT_LAST", "the variable ends the address")
    }
    if (button.example?.first ?? "").isEmpty {
      add("\(field).example", "EXAMPLE_REQUIRED", "an example of the whole address")
    }
  }

  // MARK: Authentication

  /// Meta writes the body and the footer itself.
  mutating func checkAuthentication(_ components: [TemplateComponent]) {
    var otp: [TemplateButton] = []
    for (index, component) in components.enumerated() {
      let field = "components[\(index)]"
      switch component.type {
      case .body:
        if component.text != nil {
          add("\(field).text", "BODY_FIXED", "Meta words the body of an authentication template")
        }
      case .footer:
        if component.text != nil {
          add("\(field).text", "FOOTER_FIXED", "Meta words the footer: give code_expiration_minutes")
        }
        if !(1...90).contains(component.codeExpirationMinutes ?? 0) {
          add("\(field).code_expiration_minutes", "MINUTES_OUT_OF_RANGE", "1 to 90")
        }
      case .buttons:
        otp = component.buttons ?? []
        for (index, button) in otp.enumerated() { checkCode(button, "\(field).buttons[\(index)]") }
      default:
        add("\(field).type", "COMPONENT_NOT_ALLOWED", "an authentication template has a body, a footer and a button")
      }
    }
    if otp.count != 1 { add("components", "CODE_BUTTON_REQUIRED", "an authentication template has one otp button") }
  }

  private mutating func checkCode(_ button: TemplateButton, _ field: String) {
    guard button.type == .otp else {
      return add("\(field).type", "BUTTON_NOT_ALLOWED", "an authentication template has an otp button only")
    }
    guard let type = button.otpType else {
      return add("\(field).otp_type", "OTP_TYPE_REQUIRED", "copy_code, one_tap or zero_tap")
    }
    for (text, member) in [(button.text, "text"), (button.autofillText, "autofill_text")] {
      if let text { _ = length(text, "\(field).\(member)", 25, "BUTTON_TOO_LONG") }
    }
    if type == .copyCode { return }
    if !(1...5).contains(button.supportedApps?.count ?? 0) {
      add("\(field).supported_apps", "APPS_REQUIRED", "1 to 5 apps that take the code")
    }
    for (index, app) in (button.supportedApps ?? []).enumerated() where app.signatureHash.utf8.count != 11 {
      add("\(field).supported_apps[\(index)].signature_hash", "APP_HASH_INVALID", "11 characters")
    }
    if type == .zeroTap, button.zeroTapTermsAccepted != true {
      add("\(field).zero_tap_terms_accepted", "TERMS_REQUIRED", "true: Meta's terms of zero-tap codes are accepted")
    }
  }
}
