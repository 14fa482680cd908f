import Contracts
import GraphAPI

extension GraphError {
  /// Meta limits or delays requests: worth trying again (facts: error table).
  /// The token, or what it may do: it says nothing about the number.
  var isAccessProblem: Bool { isTokenProblem || code == 3 || code == 10 || (200...299).contains(code) }

  var isPassing: Bool { isTransient || [2, 4, 613, 80_007].contains(code) }
}

/// Why a platform sender is not connected yet, each with what to do next.
extension SenderReason {
  static let joiningPool = SenderReason(
    code: "NUMBER_JOINING_POOL", message: "The number is being added to the pool of numbers to verify.",
    nextStep: "Wait a moment: it goes on by itself.")
  static let verificationNeeded = SenderReason(
    code: "VERIFICATION_NEEDED", message: "Meta wants proof that the number is yours.",
    nextStep: "Start a verification of the sender with acknowledge_interception: true; if one waits in "
      + "needs_a_listener, listen to its recording and hand in the code.")
  static let verificationExpired = SenderReason(
    code: "VERIFICATION_EXPIRED", message: "The verification of the number ran out before it was connected.",
    nextStep: "Start a verification of the sender with acknowledge_interception: true, then complete the signup.")
  static let leftPool = SenderReason(
    code: "NUMBER_LEFT_POOL", message: "The number is no longer in the pool of verified numbers.",
    nextStep: "Delete the sender and create it again with the number.")

  /// Meta's own words for a number that it does not take into the pool.
  static func poolRefused(_ error: GraphError) -> SenderReason {
    if error.isTokenProblem || error.code == 10 || (200...299).contains(error.code) {
      return SenderReason(
        code: "PARTNER_TOKEN_REFUSED", message: "Meta does not accept the partner's token (code \(error.code)).",
        nextStep: "The operator corrects META_BUSINESS_ID and META_SYSTEM_TOKEN, then create the sender again.")
    }
    let words = error.userMessage ?? error.details ?? error.message
    return SenderReason(
      code: "POOL_REFUSED",
      message: "Meta does not take the number into the pool (code \(error.code)): "
        + words.prefix(300),
      nextStep: "Follow Meta's words, then delete the sender and create it again.")
  }
}
