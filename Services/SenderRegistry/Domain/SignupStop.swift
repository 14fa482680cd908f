import Contracts

/// What a popup that did not finish means for the sender.
enum SignupStop {
  static func reason(_ event: SignupEvent) -> SenderReason {
    switch event.event {
    case .cancel where event.errorMessage == nil:
      SenderReason(
        .signupCancelled, "The customer left Meta's signup \(screen(event.currentStep)).",
        "Start the signup again and go through it to its end.")
    case .cancel, .error:
      SenderReason(
        .signupError,
        "Meta's signup ended with an error\(event.errorCode.map { " (\($0))" } ?? ""): "
          + (event.errorMessage ?? "it said nothing more") + place(event.currentStep),
        "Follow Meta's words and start the signup again"
          + (event.sessionID.map { "; Meta's support asks for the session \($0)." } ?? "."))
    }
  }

  private static func place(_ step: String?) -> String { step == nil ? "" : " (\(screen(step)))" }

  /// Meta's names of its screens (facts: Embedded Signup, CANCEL) in plain words.
  private static func screen(_ step: String?) -> String {
    switch step {
    case nil: "before its end"
    case "BUSINESS_ACCOUNT_SELECTION": "where the business portfolio is chosen"
    case "WABA_PHONE_PROFILE_PICKER": "where the WhatsApp Business Account and the number are chosen"
    case "WHATSAPP_BUSINESS_PROFILE_SETUP": "where the business profile is filled in"
    case "PHONE_NUMBER_SETUP": "where the phone number is entered"
    case "PHONE_NUMBER_VERIFICATION": "where the code for the number is typed"
    case "PERMISSIONS": "where the permissions are granted"
    case let other?: "at the step \(other)"
    }
  }
}
