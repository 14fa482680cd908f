import Contracts

/// Why a number could not be intercepted, or is no longer, each with what to do next.
extension SenderReason {
  static let publicURLMissing = SenderReason(
    code: "PUBLIC_URL_MISSING", message: "The verifier does not know where the carrier reaches it.",
    nextStep: "The operator sets PUBLIC_URL of the verifier to its public https address.")
  static let carrierNotConfigured = SenderReason(
    code: "CARRIER_NOT_CONFIGURED", message: "The verifier has no account at a carrier.",
    nextStep: "The operator sets CARRIER_ACCOUNT_SID and CARRIER_AUTH_TOKEN_FILE of the verifier.")
  static let numberNotAtCarrier = SenderReason(
    code: "NUMBER_NOT_AT_CARRIER", message: "The carrier's account does not hold the number.",
    nextStep: "Check that the verifier's carrier account is the one that holds the number.")
  static let routeAlreadyOurs = SenderReason(
    code: "ROUTE_ALREADY_OURS",
    message: "The number's calls come to the verifier already, and nothing is written down of where they went before.",
    nextStep: "Set the number's normal voice URL at the carrier, then start again.")
  static let routeChanged = SenderReason(
    code: "ROUTE_CHANGED", message: "Somebody else changed the number's voice route meanwhile; it was left alone.",
    nextStep: "Check the number's voice route at the carrier, then start again.")
  static let senderDeleted = SenderReason(
    code: "SENDER_DELETED", message: "The number's sender was deleted.",
    nextStep: "Nothing is to be done: the number is given back.")
  static let interceptionTooLate = SenderReason(
    code: "INTERCEPTION_TIME_OVER", message: "The number could not be intercepted in time.",
    nextStep: "Start a new verification.")
  static let routeNotURL = SenderReason(
    code: "ROUTE_NOT_A_URL", message: "An application or a trunk takes the number's calls, so no URL can be asked.",
    nextStep: "Set a voice URL for the number at the carrier, or stay with mode switched.")
  static let routeEmpty = SenderReason(
    code: "ROUTE_EMPTY", message: "The number has no voice URL, so nobody answers its calls.",
    nextStep: "Set the number's voice URL at the carrier.")
  static let routeUnprotected = SenderReason(
    code: "ROUTE_NOT_PROTECTED",
    message: "An application or a trunk takes the number's calls: while they are intercepted, a verifier that does "
      + "not answer loses them.",
    nextStep: "Set a voice URL for the number at the carrier, which can then be its fallback.")

  static func notArmed(_ error: String?) -> SenderReason {
    SenderReason(
      code: "ROUTE_NOT_SWITCHED",
      message: "The number's calls could not be brought here: \(error ?? "the carrier gave no reason").",
      nextStep: "Start again shortly; if it stays so, check the carrier's account and its status page.")
  }

  static func notRestored(_ error: String?) -> SenderReason {
    SenderReason(
      code: "ROUTE_NOT_RESTORED",
      message: "The number's route could not be given back yet: \(error ?? "the carrier gave no reason").",
      nextStep: "It is tried again until it succeeds; the number's voice route can be set at the carrier too.")
  }

  static func notPermanent(_ error: String?) -> SenderReason {
    SenderReason(
      code: "ROUTE_NOT_PERMANENT", message: "The last change to mode permanent failed: \(error ?? "no reason known").",
      nextStep: "Remove the cause, then set the mode again.")
  }
}

/// Ends an attempt for good.
struct InterceptionRefusal: Error {
  let reason: SenderReason
}

/// Ends an attempt; the next may do better.
struct InterceptionFailure: Error {
  let message: String
  /// Only somebody's doing helps: they are told at once, and until then every look fails.
  var isOutOfReach = false
}
