import Contracts
import GraphAPI

/// What Meta's answer to a step means (facts: error table, registration and PIN).
enum OnboardingFailure {
  /// Errors that pass by themselves: the service's and the calls' limits.
  static let passing: Set<Int> = [2, 4, 613, 80_007, 80_008, 131_000, 131_016, 131_057, 133_004]

  static func reason(for error: GraphError, at step: OnboardingStep.Name, now: Int64) -> SenderReason {
    if step == .exchangeCode { return exchange(error) }
    if error.isTokenProblem { return .tokenInvalid }
    switch error.code {
    case 131_031: return .accountLocked
    case 368: return .accountRestricted
    case 3, 10, 200...299, 131_005: return step == .shareCredit ? credit(error) : .tokenLacksPermission
    default: break
    }
    return switch step {
    case .addNumber: addition(error)
    case .matchNumber where error.code == 33 || error.code == 100: .numberNotFound
    case .verifyNumber where error.isObjectMissing, .readNumber where error.isObjectMissing: .numberNotFound
    case .checkToken where error.isObjectMissing, .subscribeApp where error.isObjectMissing: .tokenLacksAccount
    case .overrideWebhook: override(error)
    case .shareCredit: credit(error)
    case .register: registration(error, now: now)
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
      .codeRefused, "Meta does not accept the signup code: \(error.message.prefix(200))",
      "Repeat the signup and hand in the code it returns, unchanged.")
  }

  /// Meta documents no code for a number that cannot be added but 200000; subcodes and words tell why.
  private static func addition(_ error: GraphError) -> SenderReason {
    if error.isNumberOnWhatsApp { return .numberOnWhatsApp }
    if error.subcode == 2_388_012 { return .numberInOtherAccount }
    let words = error.everyWord
    if words.contains("already in a whatsapp business account") || words.contains("another whatsapp business account") {
      return .numberInOtherAccount
    }
    let isLimit = ["limit", "maximum", "too many"].contains { words.contains($0) }
    if isLimit, words.contains("phone number") || words.contains("numbers") { return .numberCapReached }
    return error.isObjectMissing ? .tokenLacksAccount : .refused(error)
  }

  private static func registration(_ error: GraphError, now: Int64) -> SenderReason {
    if error.isNumberOnWhatsApp { return .numberOnWhatsApp }
    switch error.code {
    case 133_016: return .registerLimit(freeAt: now + RegisterLimit.periodMilliseconds)
    case 133_005:
      return SenderReason(
        .pinWrong, "The number has a two-step verification PIN that is not ours.",
        "Switch two-step verification off in WhatsApp Manager, then connect the sender again.")
    case 133_008, 133_009:
      return SenderReason(
        .pinLocked, "Meta saw too many wrong PINs for this number.",
        "Wait a day, switch two-step verification off in WhatsApp Manager, then connect again.")
    case 133_006:
      return SenderReason(
        .numberNotVerified, "Meta wants the number verified before it is registered.",
        "Connect the sender again, then start a verification.")
    case 133_015:
      return SenderReason(
        .numberJustDeleted, "The number was deleted at Meta a moment ago.",
        "Wait five minutes, then connect the sender again.")
    case 133_000:
      return SenderReason(
        .numberStillRegistered, "An earlier registration of the number was not ended properly at Meta.",
        "Deregister the number where it was registered before, then connect the sender again.")
    case 33: return .numberNotFound
    default: return error.isObjectMissing ? .numberNotFound : .refused(error)
    }
  }

  private static func override(_ error: GraphError) -> SenderReason {
    SenderReason(
      .overrideRefused, "Meta did not accept the callback for this account's webhooks: \(error.words.prefix(300))",
      "The operator makes WEBHOOK_OVERRIDE_URL reachable for Meta with the same verify token, then connect again.")
  }

  private static func credit(_ error: GraphError) -> SenderReason {
    SenderReason(
      .creditNotShared, "Meta did not share the line of credit with this account: \(error.words.prefix(300))",
      "The operator checks META_CREDIT_LINE_ID and that META_SYSTEM_TOKEN's user may manage the account, then connect "
        + "again.")
  }
}

extension GraphError {
  /// "Object with ID … does not exist, cannot be loaded due to missing permissions".
  fileprivate var isObjectMissing: Bool { code == 33 || code == 100 && subcode == 33 }

  /// Meta's "Cannot Create Certificate": the number has an account in one of the apps.
  fileprivate var isNumberOnWhatsApp: Bool {
    subcode == 2_388_001 || everyWord.contains("registered to an existing whatsapp account")
      || everyWord.contains("already registered on whatsapp") || everyWord.contains("already registered with whatsapp")
  }

  fileprivate var everyWord: String {
    [message, details, userMessage].compactMap { $0 }.joined(separator: " ").lowercased()
  }
}
