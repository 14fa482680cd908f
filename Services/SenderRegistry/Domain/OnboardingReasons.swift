import Contracts
import GraphAPI

/// The stable codes an onboarding can end with, each with what to do next.
extension SenderReason {
  static let codeSpent = SenderReason(
    code: "SIGNUP_CODE_SPENT", message: "The signup code was used, but no token came of it.",
    nextStep: "Repeat the signup and connect the sender with the new code.")
  static let codeExpired = SenderReason(
    code: "SIGNUP_CODE_EXPIRED", message: "The signup code is older than 30 seconds.",
    nextStep: "Repeat the signup and hand in the code at once.")
  static let codeNeeded = SenderReason(
    code: "CODE_NEEDED", message: "Meta wants proof that the number is yours.",
    nextStep: "Start a verification, then hand in the code that the number receives.")
  static let tokenInvalid = SenderReason(
    code: "TOKEN_INVALID", message: "Meta does not accept the token of this signup.",
    nextStep: "Repeat the signup and connect the sender again.")
  static let tokenLacksAccount = SenderReason(
    code: "TOKEN_LACKS_WABA", message: "The signup did not grant the WhatsApp Business Account that was handed in.",
    nextStep: "Repeat the signup, choose that account, and hand in the ids it returns.")
  static let tokenLacksPermission = SenderReason(
    code: "TOKEN_LACKS_PERMISSION", message: "The signup did not grant the permissions that messaging needs.",
    nextStep: "Repeat the signup with whatsapp_business_management and whatsapp_business_messaging granted.")
  static let numberNotFound = SenderReason(
    code: "NUMBER_NOT_FOUND", message: "The phone number id is not part of the WhatsApp Business Account.",
    nextStep: "Hand in the phone_number_id and waba_id of one and the same signup.")
  static let numberMismatch = SenderReason(
    code: "NUMBER_MISMATCH", message: "The signup connected another number than the sender's.",
    nextStep: "Repeat the signup with the sender's number, or create a sender for the other number.")
  static let numberTaken = SenderReason(
    code: "NUMBER_TAKEN", message: "Another sender holds this phone number id.",
    nextStep: "Use the sender that holds the number, or connect this one with another number.")
  static let appCredentialsWrong = SenderReason(
    code: "APP_CREDENTIALS_WRONG", message: "Meta does not accept the platform's app id and app secret.",
    nextStep: "The operator corrects META_APP_ID and META_APP_SECRET, then repeat the signup.")
  static let unreachable = SenderReason(
    code: "META_UNREACHABLE", message: "Meta gave no usable answer, several times in a row.",
    nextStep: "Connect the sender again later; a new signup code is needed unless the number is verified already.")

  /// Meta's own words for what has no code of its own here.
  static func refused(_ error: GraphError) -> SenderReason {
    let words = error.userMessage ?? error.details ?? error.message
    return SenderReason(
      code: "META_REFUSED", message: "Meta refused (code \(error.code)): \(words.prefix(300))",
      nextStep: "Follow Meta's words, then connect the sender again.")
  }
}

/// What Meta's answer to a step means (facts: error table, registration and PIN).
enum OnboardingFailure {
  static func reason(for error: GraphError, at step: OnboardingStep.Name) -> SenderReason {
    switch (step, error.code) {
    case (.exchangeCode, _): exchange(error)
    case _ where error.isTokenProblem: .tokenInvalid
    case (_, 3), (_, 10), (_, 200...299), (_, 131_005): .tokenLacksPermission
    case (.matchNumber, 33), (.matchNumber, 100), (.readNumber, 33), (.verifyNumber, 33): .numberNotFound
    case (.register, 133_016):
      SenderReason(
        code: "REGISTER_LIMIT", message: "The number was registered 10 times within 72 hours.",
        nextStep: "Wait 72 hours, then connect the sender again.")
    case (.register, 133_005):
      SenderReason(
        code: "PIN_WRONG", message: "The number has a two-step verification PIN that is not ours.",
        nextStep: "Switch two-step verification off in WhatsApp Manager, then connect the sender again.")
    case (.register, 133_008), (.register, 133_009):
      SenderReason(
        code: "PIN_LOCKED", message: "Meta saw too many wrong PINs for this number.",
        nextStep: "Wait a day, switch two-step verification off in WhatsApp Manager, then connect again.")
    case (.register, 133_006):
      SenderReason(
        code: "NUMBER_NOT_VERIFIED", message: "Meta wants the number verified before it is registered.",
        nextStep: "Connect the sender again, then start a verification.")
    case (.register, 133_015):
      SenderReason(
        code: "NUMBER_JUST_DELETED", message: "The number was deleted at Meta a moment ago.",
        nextStep: "Wait five minutes, then connect the sender again.")
    default: .refused(error)
    }
  }

  /// Meta has one code (100) for every bad signup code; its words tell which.
  private static func exchange(_ error: GraphError) -> SenderReason {
    let words = (error.message + " " + (error.details ?? "")).lowercased()
    if words.contains("expired") { return .codeExpired }
    if words.contains("been used") || words.contains("already used") { return .codeSpent }
    if error.code == 101 || words.contains("client secret") || words.contains("application") {
      return .appCredentialsWrong
    }
    return SenderReason(
      code: "SIGNUP_CODE_REFUSED", message: "Meta does not accept the signup code: \(error.message.prefix(200))",
      nextStep: "Repeat the signup and hand in the code it returns, unchanged.")
  }
}
