import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry

/// The outside effects of an onboarding, one function a step. Each looks before it acts, so that running it twice is
/// the same as once; what it stores comes back in its outcome.
struct OnboardingSteps: Sendable {
  let graph: GraphClient
  let policy: OnboardingPolicy
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock

  /// Everything a step may look at.
  struct Facts: Sendable {
    let onboarding: OnboardingRow
    let sender: SenderRow

    /// The number stays in the WhatsApp Business app.
    var isCoexistence: Bool { onboarding.event == .businessApp }
  }

  /// The code's life (facts: Embedded Signup, 30 s).
  private static let codeMilliseconds: Int64 = 30_000

  func run(_ step: OnboardingStep.Name, _ facts: Facts) async throws -> OnboardingOutcome {
    do {
      switch step {
      case .exchangeCode: return try await exchangeCode(facts)
      case .checkToken: return try await checkToken(facts)
      case .addNumber: return try await addNumber(facts)
      case .matchNumber: return try await matchNumber(facts)
      case .subscribeApp: return try await subscribeApp(facts)
      case .overrideWebhook: return try await overrideWebhook(facts)
      case .verifyNumber: return try await verifyNumber(facts)
      case .shareCredit: return try await shareCredit(facts)
      case .register: return try await register(facts)
      case .readNumber: return try await readNumber(facts)
      }
    } catch let failure as GraphFailure {
      // A stopping service cancels what runs. What came of the call is then found out at the next start.
      try Task.checkCancellation()
      return try await outcome(of: failure, at: step, facts)
    }
  }

  private func exchangeCode(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    let id = facts.sender.id
    guard let code = open(facts.onboarding.code, OnboardingRow.codeBinding(id)) else { return .failed(.codeSpent) }
    let token = try await graph.exchangeCode(code.string ?? "", appID: policy.appID, appSecret: policy.appSecret)
    let sealed = keyring.seal(token, binding: OnboardingRow.tokenBinding(id))
    return .done("a token came of the code") { connection in
      try connection.execute(
        "UPDATE onboarding SET access_token = ?, code = NULL WHERE sender_id = ?", sealed, id.text)
    }
  }

  /// The ids came through a browser: Meta's word on what the token covers is the proof. That it covers the number
  /// follows when the number is found among the account's, with this token.
  private func checkToken(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let granted = try await graph.debugToken(token, appID: policy.appID, appSecret: policy.appSecret)
    guard granted.isValid, granted.appID == nil || granted.appID == policy.appID else { return .failed(.tokenInvalid) }
    for scope in ["whatsapp_business_management", "whatsapp_business_messaging"] {
      guard granted.scopes.contains(scope) else { return .failed(.tokenLacksPermission) }
      guard granted.grants(scope, wabaID: facts.onboarding.wabaID) else { return .failed(.tokenLacksAccount) }
    }
    return .done(
      "the token covers the WhatsApp Business Account"
        + (granted.expiresAt.map { " and ends at \(Timestamp(milliseconds: $0))" } ?? ""))
  }

  /// Nil for a value that is absent or does not open; the step then fails with its own reason.
  func open(_ sealed: String?, _ binding: String) -> Secret? {
    guard let sealed else { return nil }
    do throws(CryptoFailure) { return try keyring.open(sealed, binding: binding) } catch { return nil }
  }

  /// The token that this attempt got.
  func token(_ facts: Facts) -> Secret? {
    open(facts.onboarding.accessToken, OnboardingRow.tokenBinding(facts.sender.id))
  }

  private func outcome(
    of failure: GraphFailure, at step: OnboardingStep.Name, _ facts: Facts
  ) async throws -> OnboardingOutcome {
    let now = clock.now
    let isCodeDead = now - facts.onboarding.createdAt > Self.codeMilliseconds
    switch failure {
    case .notSent:
      return step == .exchangeCode && isCodeDead
        ? .failed(.codeExpired) : .again(failure.message, afterMilliseconds: nil)
    case .unknown:
      // Every other step looks at Meta's state first when it runs again.
      return step == .exchangeCode ? .failed(.codeSpent) : .again(failure.message, afterMilliseconds: nil)
    case .answered(let error):
      let isPassing = error.isTransient || OnboardingFailure.passing.contains(error.code)
      if isPassing, step != .exchangeCode || !isCodeDead {
        return .again(error.summary, afterMilliseconds: error.retryAfterMilliseconds)
      }
      if step == .register, error.code == 133_016 {
        // Others may register the number too, so Meta's count is ahead of ours: now we know.
        let (number, id) = (facts.sender.phoneNumber, facts.sender.id)
        try await database.write { try $0.registerLimitReached(number, sender: id, now: now) }
      }
      return .failed(OnboardingFailure.reason(for: error, at: step, now: now))
    }
  }
}

/// Another sender holds the number id: found inside the transaction that would take it.
struct NumberTaken: Error {}
