import Contracts
import GraphAPI

/// What to do when no code comes, in words that several reasons share (facts: the code itself).
enum VerificationAdvice {
  static let wait = "Wait 5 to 10 minutes"
  static let reachable =
    "The number must take calls from abroad, and no menu, forwarding or voicemail may answer first."
  static let otherNumber = "If it happens again, take another number, best a normal mobile one (not VoIP)."
}

/// The stable codes a verification can carry, each with what to do next.
extension SenderReason {
  static let codeMaybeSent = SenderReason(
    code: "CODE_MAYBE_SENT", message: "Meta gave no answer, so the code may or may not be on its way.",
    nextStep: "Wait for the code. If none comes, start again after retry_at, by voice where it was an SMS.")
  static let codeWrong = SenderReason(
    code: "CODE_WRONG", message: "Meta did not accept the code.", nextStep: "Check the code and hand it in again.")
  static let codesUsedUp = SenderReason(
    code: "CODE_TRIES_USED_UP", message: "Too many codes were handed in for this verification.",
    nextStep: "\(VerificationAdvice.wait), and until retry_at where there is one, then start a new verification.")
  static let outcomeUnknown = SenderReason(
    code: "CODE_OUTCOME_UNKNOWN", message: "Meta gave no answer, and does not show the number as verified.",
    nextStep: "Hand in the code again, or start a new verification after retry_at.")

  /// No code that Meta takes was typed in time.
  static func silence(_ method: Verification.Method) -> SenderReason {
    let way = method == .sms ? "by voice instead of SMS" : "or choose SMS"
    return SenderReason(
      code: "NO_CODE_IN_TIME", message: "No code that Meta takes was handed in within ten minutes.",
      nextStep: "\(VerificationAdvice.wait) and start again, \(way). \(VerificationAdvice.reachable) "
        + VerificationAdvice.otherNumber)
  }

  static let superseded = SenderReason(
    code: "SUPERSEDED", message: "A newer verification took the place of this one.",
    nextStep: "Use the newer verification.")
  static let cancelled = SenderReason(
    code: "CANCELLED", message: "Somebody ended the verification.", nextStep: "Start a new verification.")
  static let interceptionOver = SenderReason(
    code: "INTERCEPTION_OVER",
    message: "The number's calls were intercepted for as long as they may be: five minutes at most.",
    nextStep: "\(VerificationAdvice.wait), then start a new verification.")
  static func noCall(_ disrupted: Int) -> SenderReason {
    let others =
      disrupted == 0 ? "" : " \(disrupted) other \(disrupted == 1 ? "call was" : "calls were") recorded and dropped."
    return SenderReason(
      code: "NO_CALL", message: "Meta did not call the number in time.\(others)",
      nextStep: "\(VerificationAdvice.wait) and start again. \(VerificationAdvice.reachable) "
        + VerificationAdvice.otherNumber)
  }
  static let noRecording = SenderReason(
    code: "NO_RECORDING", message: "A call came, and the carrier has no recording of it, or nothing was said.",
    nextStep: "Nothing: Meta's call is still waited for.")
  static let noListener = SenderReason(
    code: "NO_LISTENER_IN_TIME", message: "Nobody listened to the recording within an hour.",
    nextStep: "Start a new verification, and listen while it waits in needs_a_listener.")
  static let notHandedIn = SenderReason(
    code: "CODE_NOT_HANDED_IN", message: "The code that was heard could not be handed in.",
    nextStep: "Listen to the recording and type the code, or have Meta call again.")
  static let metaUnreachable = SenderReason(
    code: "META_UNREACHABLE", message: "Meta could not be reached; nothing was sent.", nextStep: "Try again shortly.")
  static let senderGone = SenderReason(
    code: "SENDER_NOT_CONNECTED", message: "The sender has lost its number or its token at Meta.",
    nextStep: "Connect the sender again, then start a new verification.")
}

/// What Meta's refusal means (facts: the code itself, error table).
enum VerificationFailure {
  /// Why Meta did not send a code.
  static func ofRequest(_ error: GraphError) -> SenderReason {
    common(error)
      ?? SenderReason(
        code: "CODE_REQUEST_REFUSED", message: "Meta does not send a code now (code \(error.code)): \(words(error))",
        nextStep: "Start again after retry_at, or choose the other method now. \(VerificationAdvice.otherNumber)")
  }

  /// How long to wait before Meta is asked for a code again; nil where waiting does not help.
  static func wait(_ error: GraphError, _ reason: SenderReason, _ times: VerificationTimes) -> Int64? {
    switch reason.code {
    case "CODE_REQUEST_REFUSED": MetaWait.of(error) ?? times.refused
    case "META_BUSY": MetaWait.of(error) ?? times.retry
    default: nil
    }
  }

  /// Why Meta did not take a code.
  static func ofCode(_ error: GraphError) -> SenderReason { common(error) ?? .codeWrong }

  /// Refusals that end the verification: no code would help.
  static func isFinal(_ reason: SenderReason) -> Bool {
    ["TOKEN_INVALID", "TOKEN_LACKS_PERMISSION", "NUMBER_NOT_FOUND"].contains(reason.code)
  }

  private static func common(_ error: GraphError) -> SenderReason? {
    if error.isTokenProblem {
      return SenderReason(
        code: "TOKEN_INVALID", message: "Meta no longer accepts the sender's token.",
        nextStep: "Connect the sender again.")
    }
    return switch error.code {
    case 3, 10, 200...299, 131_005:
      SenderReason(
        code: "TOKEN_LACKS_PERMISSION", message: "The sender's token does not allow verification.",
        nextStep: "Repeat the signup with the permissions granted and connect the sender again.")
    case 33:
      SenderReason(
        code: "NUMBER_NOT_FOUND", message: "The number is no longer at Meta.",
        nextStep: "Connect the sender again.")
    case 1, 2, 4, 613, 80_007:
      SenderReason(
        code: "META_BUSY", message: "Meta limits or delays requests now (code \(error.code)).",
        nextStep: "Start again after retry_at.")
    default: nil
    }
  }

  private static func words(_ error: GraphError) -> String {
    String((error.userMessage ?? error.details ?? error.message).prefix(300))
  }
}
