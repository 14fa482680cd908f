import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry

/// The outside effects of an onboarding, one function a step. Each looks before it acts, so that running it twice is
/// the same as once; what it stores comes back in its outcome.
struct OnboardingSteps: Sendable {
  let graph: GraphClient
  let appID: String
  let appSecret: Secret
  let keyring: SealingKeyring
  let clock: WallClock

  /// Everything a step may look at.
  struct Facts: Sendable {
    let onboarding: OnboardingRow
    let sender: SenderRow
  }

  /// The code's life (facts: Embedded Signup, 30 s).
  private static let codeMilliseconds: Int64 = 30_000

  func run(_ step: OnboardingStep.Name, _ facts: Facts) async throws -> OnboardingOutcome {
    do throws(GraphFailure) {
      switch step {
      case .exchangeCode: return try await exchangeCode(facts)
      case .checkToken: return try await checkToken(facts)
      case .addNumber: return try await addNumber(facts)
      case .matchNumber: return try await matchNumber(facts)
      case .subscribeApp: return try await subscribeApp(facts)
      case .verifyNumber: return try await verifyNumber(facts)
      case .register: return try await register(facts)
      case .readNumber: return try await readNumber(facts)
      }
    } catch {
      // A stopping service cancels what runs. What came of the call is then found out at the next start.
      try Task.checkCancellation()
      return outcome(of: error, at: step, facts)
    }
  }

  private func exchangeCode(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    let id = facts.sender.id
    guard let code = open(facts.onboarding.code, OnboardingRow.codeBinding(id)) else { return .failed(.codeSpent) }
    let token = try await graph.exchangeCode(code.string ?? "", appID: appID, appSecret: appSecret)
    let sealed = keyring.seal(token, binding: OnboardingRow.tokenBinding(id))
    return .done("a token came of the code") { connection in
      try connection.execute(
        "UPDATE onboarding SET access_token = ?, code = NULL WHERE sender_id = ?", sealed, id.text)
    }
  }

  /// The ids came through a browser: Meta's word on what the token covers is the proof.
  private func checkToken(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let granted = try await graph.debugToken(token, appID: appID, appSecret: appSecret)
    guard granted.isValid, granted.appID == nil || granted.appID == appID else { return .failed(.tokenInvalid) }
    let needed: Set<String> = ["whatsapp_business_management", "whatsapp_business_messaging"]
    guard granted.scopes.isEmpty || needed.isSubset(of: granted.scopes) else { return .failed(.tokenLacksPermission) }
    guard granted.wabaIDs.contains(facts.onboarding.wabaID) else { return .failed(.tokenLacksAccount) }
    return .done("the token covers the WhatsApp Business Account")
  }

  private func addNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let number = facts.sender.phoneNumber
    let wabaID = facts.onboarding.wabaID
    if let there = try await graph.phoneNumbers(wabaID: wabaID, token: token).first(where: {
      $0.digits == number.digits
    }) {
      return added(there.id, "the account has the number", facts)
    }
    let (code, national) = CallingCode.split(number)
    let id = try await graph.addPhoneNumber(
      wabaID: wabaID, countryCode: code, nationalNumber: national, verifiedName: facts.sender.displayName, token: token)
    return added(id, "added", facts)
  }

  private func added(_ numberID: String, _ result: String, _ facts: Facts) -> OnboardingOutcome {
    guard MetaIdentifier.isValid(numberID) else { return .failed(.numberNotFound) }
    let id = facts.sender.id
    return .done(result) { connection in
      try connection.execute("UPDATE onboarding SET phone_number_id = ? WHERE sender_id = ?", numberID, id.text)
    }
  }

  /// The number must be one of the account and must be the sender's; then the proven credentials become the sender's.
  private func matchNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    guard let numberID = facts.onboarding.phoneNumberID else { return .failed(.numberNotFound) }
    let numbers = try await graph.phoneNumbers(wabaID: facts.onboarding.wabaID, token: token)
    guard let number = numbers.first(where: { $0.id == numberID }) else { return .failed(.numberNotFound) }
    guard number.digits == facts.sender.phoneNumber.digits else { return .failed(.numberMismatch) }
    let id = facts.sender.id
    let sealed = keyring.seal(token, binding: SenderRow.tokenBinding(id))
    let (onboarding, now) = (facts.onboarding, clock.now)
    return .done("the number is the sender's") { connection in
      if let holder = try connection.holder(ofNumberID: numberID), holder != id { throw NumberTaken() }
      guard var sender = try connection.sender(id) else { return }
      sender.accessToken = sealed
      sender.wabaID = onboarding.wabaID
      sender.businessID = onboarding.businessID
      sender.phoneNumberID = numberID
      try connection.update(sender, now: now)
    }
  }

  private func subscribeApp(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    try await graph.subscribeApp(wabaID: facts.onboarding.wabaID, token: token)
    return .done("subscribed to the account's webhooks")
  }

  private func verifyNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    if facts.onboarding.isVerified { return .done("verified by a code") }
    guard let (number, _) = try await number(facts) else { return .failed(.numberNotFound) }
    return number.codeVerificationStatus == "VERIFIED" ? .skipped("Meta says VERIFIED") : .waiting(.codeNeeded)
  }

  /// Ten registrations in 72 hours are all there are: a number that is connected is left alone.
  private func register(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let (number, token) = try await number(facts) else { return .failed(.numberNotFound) }
    if MetaNumberState(number.status) == .connected { return .skipped("Meta says CONNECTED") }
    guard let pin = open(facts.sender.pin, SenderRow.pinBinding(facts.sender.id)) else {
      return .again("the PIN cannot be opened", afterMilliseconds: nil)
    }
    try await graph.register(phoneNumberID: number.id, pin: pin, token: token)
    return .done("registered")
  }

  private func readNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let (number, _) = try await number(facts) else { return .failed(.numberNotFound) }
    let state = MetaNumberState(number.status)
    if state.maySettle, facts.onboarding.tries < 3 {
      return .again("Meta says \(number.status ?? "nothing")", afterMilliseconds: nil)
    }
    let id = facts.sender.id
    let now = clock.now
    return .done("Meta says \(number.status ?? "nothing")") { connection in
      try connection.take(MetaReading(number), of: id, source: .signup, now: now)
    }
  }

  private func number(_ facts: Facts) async throws(GraphFailure) -> (GraphPhoneNumber, token: Secret)? {
    guard let token = open(facts.sender.accessToken, SenderRow.tokenBinding(facts.sender.id)),
      let id = facts.sender.phoneNumberID
    else { return nil }
    return (try await graph.phoneNumber(id: id, token: token), token)
  }

  private func token(_ facts: Facts) -> Secret? {
    open(facts.onboarding.accessToken, OnboardingRow.tokenBinding(facts.sender.id))
  }

  /// Nil for a value that is absent or does not open; the step then fails with its own reason.
  private func open(_ sealed: String?, _ binding: String) -> Secret? {
    guard let sealed else { return nil }
    do throws(CryptoFailure) { return try keyring.open(sealed, binding: binding) } catch { return nil }
  }

  private func outcome(of failure: GraphFailure, at step: OnboardingStep.Name, _ facts: Facts) -> OnboardingOutcome {
    let isCodeDead = clock.now - facts.onboarding.createdAt > Self.codeMilliseconds
    switch failure {
    case .notSent:
      return step == .exchangeCode && isCodeDead
        ? .failed(.codeExpired) : .again(failure.message, afterMilliseconds: nil)
    case .unknown:
      // Every other step looks at Meta's state first when it runs again.
      return step == .exchangeCode ? .failed(.codeSpent) : .again(failure.message, afterMilliseconds: nil)
    case .answered(let error):
      let isPassing = error.isTransient || [2, 4, 613, 80_007].contains(error.code)
      if isPassing, step != .exchangeCode || !isCodeDead {
        return .again(error.summary, afterMilliseconds: error.retryAfterMilliseconds)
      }
      return .failed(OnboardingFailure.reason(for: error, at: step))
    }
  }
}

/// Another sender holds the number id: found inside the transaction that would take it.
struct NumberTaken: Error {}
