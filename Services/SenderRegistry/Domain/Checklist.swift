import Contracts

/// What must be so before a sender can be connected: the number's part, and this installation's.
struct Checklist: Sendable {
  /// What of the configuration is set; never its values.
  struct Configuration: Sendable {
    var appID: String
    var hasConfigID: Bool
    var publicURL: String?
    var partnerMode: PartnerMode
    var hasBusinessID: Bool
    var hasSystemToken: Bool
    var overrideURL: String?
    var hasCreditLine: Bool
  }

  let configuration: Configuration

  func items(_ origin: Sender.Origin) -> [OnboardingRequirement] {
    number(origin) + installation(origin)
  }

  /// Nobody but the number's owner can know these.
  private func number(_ origin: Sender.Origin) -> [OnboardingRequirement] {
    var items = [
      unknown(
        "DISPLAY_NAME",
        "The display name follows Meta's rules: it is the business's name or its brand, not "
          + "a generic word alone, a slogan or a web address.",
        "Compare the name with what customers find on the business's website.")
    ]
    switch origin {
    case .coexistence:
      items += [
        unknown(
          "NUMBER_IN_APP", "The number is in use in the WhatsApp Business app, version 2.24.17 or later.",
          "Update the app and have the phone at hand: Meta's popup shows a code to scan."),
        unknown(
          "APP_STAYS_OPEN", "The app is opened regularly: Meta ends the connection of a phone that is away for long.",
          "Tell whoever has the phone."),
      ]
    case .external, .platform:
      items += [
        unknown(
          "NUMBER_NOT_ON_WHATSAPP", "The number has no account in the WhatsApp or WhatsApp Business app.",
          "Delete the account in the app (Settings, Account), or connect the number as coexistence."),
        unknown(
          "NUMBER_TAKES_CODE",
          origin == .platform
            ? "The number takes international calls." : "The number takes SMS, or international calls.",
          "Call or text it from another country."),
        unknown(
          "NUMBER_NO_IVR",
          "No menu, no call forwarding and no screening answers the number's calls while it is "
            + "verified: Meta's call cannot press keys.", "Switch them off until the number is verified."),
      ]
    }
    return items
  }

  private func installation(_ origin: Sender.Origin) -> [OnboardingRequirement] {
    let has = configuration
    var items = [
      item("META_APP_ID", "The Meta app is set.", !has.appID.isEmpty, "Set META_APP_ID."),
      item(
        "META_CONFIG_ID", "The Embedded Signup configuration is set.", has.hasConfigID,
        "Make a Facebook Login for Business configuration with the variation WhatsApp Embedded Signup and set "
          + "META_CONFIG_ID."),
      item(
        "PUBLIC_URL", "People reach this service over https.", has.publicURL?.hasPrefix("https://") == true,
        has.publicURL == nil
          ? "Set PUBLIC_URL to this service's address." : "PUBLIC_URL must begin with https:// for Meta's popup."),
      unknown(
        "APP_DOMAINS", "The Meta app allows PUBLIC_URL's domain for its JavaScript SDK and its login.",
        "Add the domain to the app's allowed domains and valid OAuth redirect URIs."),
      unknown(
        "WEBHOOK", "Meta reaches the webhook of messaging-router, and both have the same verify token.",
        "Save the callback in the Meta app, with the fields messages and account_update subscribed."),
    ]
    switch has.partnerMode {
    case .techProvider:
      items.append(
        item(
          "PARTNER_MODE", "The partner mode is Tech Provider: numbers are added by API and customers pay Meta.", true,
          ""))
      if origin == .platform {
        items.append(
          unknown(
            "PAYMENT_METHOD", "The customer has a payment method at Meta.",
            "Add one in WhatsApp Manager once the sender is online; templates are not sent before."))
      }
    case .solutionPartner:
      items += [
        item("META_BUSINESS_ID", "The partner's portfolio is set.", has.hasBusinessID, "Set META_BUSINESS_ID."),
        item(
          "META_SYSTEM_TOKEN", "The partner's system user token is set.", has.hasSystemToken,
          "Set META_SYSTEM_TOKEN_FILE."),
        item(
          "META_CREDIT_LINE_ID", "The partner's line of credit is set, so that customers need no payment method.",
          has.hasCreditLine, "Set META_CREDIT_LINE_ID, or have customers add a payment method in WhatsApp Manager."),
      ]
    }
    if let url = has.overrideURL {
      items.append(
        item(
          "WEBHOOK_OVERRIDE_URL", "The callback for connected accounts is https.", url.hasPrefix("https://"),
          "Meta calls https only: correct WEBHOOK_OVERRIDE_URL."))
    }
    return items
  }

  private func item(_ code: String, _ text: String, _ isMet: Bool, _ nextStep: String) -> OnboardingRequirement {
    OnboardingRequirement(code: code, text: text, state: isMet ? .met : .unmet, nextStep: isMet ? nil : nextStep)
  }

  private func unknown(_ code: String, _ text: String, _ nextStep: String) -> OnboardingRequirement {
    OnboardingRequirement(code: code, text: text, state: .unknown, nextStep: nextStep)
  }
}
