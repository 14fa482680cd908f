import Contracts
import GraphAPI

/// The reasons an onboarding can end with, each with what to do next.
extension SenderReason {
  static let codeSpent = SenderReason(
    .codeSpent, "The signup code was used, but no token came of it.",
    "Repeat the signup and connect the sender with the new code.")
  static let codeExpired = SenderReason(
    .codeExpired, "The signup code is older than 30 seconds.", "Repeat the signup and hand in the code at once.")
  static let codeNeeded = SenderReason(
    .codeNeeded, "Meta wants proof that the number is yours.",
    "Start a verification, then hand in the code that the number receives. When no SMS comes within 60 seconds, start "
      + "one by voice: the number must take calls from abroad, and no menu, forwarding or voicemail may answer first.")
  static let tokenInvalid = SenderReason(
    .tokenInvalid, "Meta does not accept the token of this signup.",
    "Repeat the signup and connect the sender again.")
  static let tokenLacksAccount = SenderReason(
    .tokenLacksAccount, "The signup did not grant the WhatsApp Business Account that was handed in.",
    "Repeat the signup, choose that account, and hand in the ids it returns.")
  static let tokenLacksPermission = SenderReason(
    .tokenLacksPermission, "The signup did not grant the permissions that messaging needs.",
    "Repeat the signup with whatsapp_business_management and whatsapp_business_messaging granted.")
  static let numberNotFound = SenderReason(
    .numberNotFound, "The phone number is not part of the WhatsApp Business Account.",
    "Hand in the phone_number_id and waba_id of one and the same signup.")
  static let numberMismatch = SenderReason(
    .numberMismatch, "The signup connected another number than the sender's.",
    "Repeat the signup with the sender's number, or create a sender for the other number.")
  static let numberTaken = SenderReason(
    .numberTaken, "Another sender holds this phone number id.",
    "Use the sender that holds the number, or connect this one with another number.")
  static let numberOnWhatsApp = SenderReason(
    .numberOnWhatsApp, "The number is in use on WhatsApp.",
    "Delete its account in the WhatsApp app (Settings, Account), wait a few minutes and connect the sender again; or "
      + "keep the app and connect the number as coexistence.")
  static let numberInOtherAccount = SenderReason(
    .numberInOtherAccount, "The number belongs to another WhatsApp Business Account.",
    "Choose that account in the signup, or remove the number there in WhatsApp Manager first.")
  static let numberCapReached = SenderReason(
    .numberCapReached, "The business has as many numbers as Meta allows it: 2 at first, 20 once it is verified.",
    "Remove a number in WhatsApp Manager, or have Meta verify the business, then connect the sender again.")
  static let accountLocked = SenderReason(
    .accountLocked, "Meta has locked the WhatsApp Business Account.",
    "Look at the account in WhatsApp Manager and ask Meta for a review, then connect the sender again.")
  static let accountRestricted = SenderReason(
    .accountRestricted, "Meta has restricted the WhatsApp Business Account for violating its policies.",
    "Look at the account in WhatsApp Manager and ask Meta for a review, then connect the sender again.")
  static let appCredentialsWrong = SenderReason(
    .appCredentialsWrong, "Meta does not accept the platform's app id and app secret.",
    "The operator corrects META_APP_ID and META_APP_SECRET, then repeat the signup.")
  static let unreachable = SenderReason(
    .unreachable, "Meta gave no usable answer, several times in a row.",
    "Connect the sender again later; a new signup code is needed unless the number is verified already.")

  /// Meta, or our own count of calls, allows no `register` before `freeAt`.
  static func registerLimit(freeAt: Int64) -> SenderReason {
    SenderReason(
      .registerLimit,
      "The number was registered 10 times within 72 hours; Meta allows no more before "
        + "\(Timestamp(milliseconds: freeAt)).", "Wait until then, then connect the sender again.")
  }

  /// Meta's own words for what has no code of its own here.
  static func refused(_ error: GraphError) -> SenderReason {
    SenderReason(
      .refused, "Meta refused (code \(error.code)): \(error.words.prefix(300))",
      "Follow Meta's words, then connect the sender again.")
  }
}

extension GraphError {
  /// What Meta means people to read.
  var words: String { userMessage ?? details ?? message }
}
