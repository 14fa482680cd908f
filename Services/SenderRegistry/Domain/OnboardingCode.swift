import Contracts

/// Every code that an onboarding can leave in a sender's reasons. The README's table lists the same ones.
enum OnboardingCode: String, CaseIterable {
  case signupCancelled = "SIGNUP_CANCELLED"
  case signupError = "SIGNUP_ERROR"
  case codeExpired = "SIGNUP_CODE_EXPIRED"
  case codeSpent = "SIGNUP_CODE_SPENT"
  case codeRefused = "SIGNUP_CODE_REFUSED"
  case appCredentialsWrong = "APP_CREDENTIALS_WRONG"
  case tokenInvalid = "TOKEN_INVALID"
  case tokenLacksAccount = "TOKEN_LACKS_WABA"
  case tokenLacksPermission = "TOKEN_LACKS_PERMISSION"
  case numberOnWhatsApp = "NUMBER_ON_WHATSAPP"
  case numberInOtherAccount = "NUMBER_IN_OTHER_WABA"
  case numberCapReached = "NUMBER_CAP_REACHED"
  case numberNotFound = "NUMBER_NOT_FOUND"
  case numberMismatch = "NUMBER_MISMATCH"
  case numberTaken = "NUMBER_TAKEN"
  case overrideRefused = "WEBHOOK_OVERRIDE_REFUSED"
  case codeNeeded = "CODE_NEEDED"
  case creditNotShared = "CREDIT_NOT_SHARED"
  case registerLimit = "REGISTER_LIMIT"
  case pinWrong = "PIN_WRONG"
  case pinLocked = "PIN_LOCKED"
  case numberNotVerified = "NUMBER_NOT_VERIFIED"
  case numberJustDeleted = "NUMBER_JUST_DELETED"
  case numberStillRegistered = "NUMBER_STILL_REGISTERED"
  case accountLocked = "ACCOUNT_LOCKED"
  case accountRestricted = "ACCOUNT_RESTRICTED"
  case unreachable = "META_UNREACHABLE"
  case refused = "META_REFUSED"
}

extension SenderReason {
  init(_ code: OnboardingCode, _ message: String, _ nextStep: String) {
    self.init(code: code.rawValue, message: message, nextStep: nextStep)
  }
}
