import Contracts

/// The stable codes of a sender that was connected, each with what to do next.
extension SenderReason {
  static let connecting = SenderReason(
    code: "CONNECTING", message: "The connection steps are running.",
    nextStep: "Wait for them to end; the sender's steps show how far they are.")
  static let disabledByHand = SenderReason(
    code: "DISABLED_BY_HAND", message: "The sender was switched off by hand.",
    nextStep: "Enable the sender when it is to send again.")
  static let stateUnread = SenderReason(
    code: "STATE_NOT_READ", message: "Meta has not been asked for the number's state since the sender was enabled.",
    nextStep: "Wait a moment, or refresh the sender.")
  static let reconnectNeeded = SenderReason(
    code: "RECONNECT_NEEDED", message: "Meta no longer accepts the sender's access token.",
    nextStep: "Repeat the signup and connect this same sender with what it returns: everything else is kept.")
  static let numberGone = SenderReason(
    code: "NUMBER_GONE", message: "Meta says that the number does not exist, or not for this app.",
    nextStep: "Look for the number in WhatsApp Manager, then connect the sender again.")

  /// Meta refuses to tell the number's state, in Meta's words.
  static func readForbidden(_ words: String) -> SenderReason {
    SenderReason(
      code: "ACCESS_DENIED", message: "Meta refuses to tell the number's state: \(words.prefix(300))",
      nextStep: "Check the app's permissions for the account, then connect the sender again.")
  }

  /// Meta has locked or blocked the account, in Meta's words.
  static func accountLocked(_ words: String) -> SenderReason {
    SenderReason(
      code: "ACCOUNT_LOCKED", message: "Meta has blocked the account: \(words.prefix(300))",
      nextStep: "Look at the account's quality page at Meta and ask for a review.")
  }

  static let accountBanned = SenderReason(
    code: "ACCOUNT_BANNED", message: "Meta has disabled the WhatsApp Business Account.",
    nextStep: "Appeal in Meta's Business Support Home.")
  static let accountDeleted = SenderReason(
    code: "ACCOUNT_DELETED", message: "The WhatsApp Business Account was deleted at Meta.",
    nextStep: "Connect the sender with another account.")
  static let appRemoved = SenderReason(
    code: "APP_REMOVED", message: "The business has taken the platform's access to its account away.",
    nextStep: "Repeat the signup and connect this same sender with what it returns.")

  /// The business, or its phone, has ended the connection.
  static func disconnected(_ why: String?) -> SenderReason {
    SenderReason(
      code: "DISCONNECTED_AT_META",
      message: "The business is no longer connected at Meta\(why.map { " (\($0))" } ?? "").",
      nextStep: "Repeat the signup and connect this same sender with what it returns.")
  }

  static let pendingTooLongCode = "PENDING_TOO_LONG"
  static let connectingTooLongCode = "CONNECTING_TOO_LONG"

  /// A sender that waits for `step` since `since`, longer than `limit`.
  static func pendingTooLong(step: SenderReason, since: Timestamp, limit: String) -> SenderReason {
    SenderReason(
      code: pendingTooLongCode,
      message: "The sender has waited for more than \(limit), since \(since), for one step: \(step.code).",
      nextStep: "\(step.nextStep) If that was done and nothing moves: delete the sender and create it again, or have "
        + "the operator look at the registry's log.")
  }

  /// A sender whose `step` has not ended since `since`, longer than `limit`.
  static func connectingTooLong(step: OnboardingStep.Name?, since: Timestamp, limit: String) -> SenderReason {
    let name = step.map { "the step \($0.rawValue)" } ?? "its next step"
    return SenderReason(
      code: connectingTooLongCode,
      message: "Connecting has taken more than \(limit), since \(since); it is at \(name).",
      nextStep: "Look at the sender's steps for what Meta answers.")
  }
}

/// What needs attention although the sender may send.
extension SenderReason {
  static let metaUnreachableCode = "META_UNREACHABLE"

  /// Reading the number fails for reasons that say nothing about it.
  static func metaUnreachable(since: Timestamp, _ words: String) -> SenderReason {
    SenderReason(
      code: metaUnreachableCode,
      message: "The number's state could not be read since \(since): \(words.prefix(200))",
      nextStep: "Nothing, if it passes; otherwise check the way to Meta. What is shown is from the last reading.")
  }
}
