import CarrierAPI
import Contracts

/// Why a number could not be bought or released, in words a person can act on.
enum CarrierReason {
  static let unreachable = SenderReason(
    code: "CARRIER_UNREACHABLE", message: "The carrier gave no usable answer, several times in a row.",
    nextStep: "Try again later.")
  static let outcomeUnknown = SenderReason(
    code: "CARRIER_OUTCOME_UNKNOWN",
    message: "The carrier gave no usable answer, so it is not known whether the number was bought.",
    nextStep: "Look at the carrier's console; if the number is there, the operator imports it.")
  static let owned = SenderReason(
    code: "NUMBER_OWNED_ALREADY", message: "The carrier's account has this number already.",
    nextStep: "The operator imports the number instead of buying it.")

  /// What the carrier's refusal to sell means (facts: Twilio's numbers API).
  static func ofPurchase(_ error: CarrierError) -> SenderReason {
    switch error.code {
    case 21_422:
      SenderReason(
        code: "NUMBER_TAKEN", message: "Somebody else has bought this number.",
        nextStep: "Search for another number and buy that one.")
    case 21_615, 21_631:
      SenderReason(
        code: "ADDRESS_REQUIRED",
        message: "The carrier sells numbers of this country only to those whose address or documents it has.",
        nextStep: "Add an address and a regulatory bundle at the carrier, or choose a number without requirements.")
    default: common(error)
    }
  }

  /// What the carrier's refusal to take a number back means.
  static func ofRelease(_ error: CarrierError) -> SenderReason { common(error) }

  private static func common(_ error: CarrierError) -> SenderReason {
    if error.isAuthentication {
      return SenderReason(
        code: "CARRIER_CREDENTIALS_WRONG", message: "The carrier does not accept the platform's account and token.",
        nextStep: "The operator corrects CARRIER_ACCOUNT_SID and CARRIER_AUTH_TOKEN, then try again.")
    }
    return SenderReason(
      code: "CARRIER_REFUSED", message: "The carrier refused (code \(error.code)): \(error.message.prefix(300))",
      nextStep: "Follow the carrier's words, then try again.")
  }
}
