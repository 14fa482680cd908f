import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry

/// The number: found or added, matched, verified, registered, read.
extension OnboardingSteps {
  /// Only run when the signup named no number. The account's numbers are looked at first: the number may be there from
  /// an earlier try.
  func addNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let (number, wabaID) = (facts.sender.phoneNumber, facts.onboarding.wabaID)
    let numbers = try await graph.phoneNumbers(wabaID: wabaID, token: token)
    if let there = numbers.first(where: { $0.digits == number.digits }) {
      return added(there.id, "the account has the number", facts)
    }
    switch facts.onboarding.event {
    case .businessApp:
      // The only one that lives in the app must be the one; whether it is the sender's is the next step's question.
      let inApp = numbers.filter { $0.isOnBizApp == true }
      guard let only = inApp.first, inApp.count == 1 else { return .failed(.numberNotFound) }
      return added(only.id, "the account's number in the WhatsApp Business app", facts)
    case .onlyAccess, .migration:
      // Nothing was to be made: the number had to be there.
      return .failed(.numberNotFound)
    case .finish, .onlyWABA, nil:
      let (code, national) = CountryNumbering.split(number)
      let id = try await graph.addPhoneNumber(
        wabaID: wabaID, countryCode: code, nationalNumber: national, verifiedName: facts.sender.displayName,
        preverifiedID: facts.sender.preverifiedID, token: token)
      return added(id, "added", facts)
    }
  }

  private func added(_ numberID: String, _ result: String, _ facts: Facts) -> OnboardingOutcome {
    guard MetaIdentifier.isValid(numberID) else { return .failed(.numberNotFound) }
    let id = facts.sender.id
    return .done(result) { connection in
      try connection.execute("UPDATE onboarding SET phone_number_id = ? WHERE sender_id = ?", numberID, id.text)
    }
  }

  /// The number must be one of the account and must be the sender's. A sender that never worked takes the proven
  /// credentials at once; one that works keeps its own until the app is subscribed with the new ones.
  func matchNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    guard let numberID = facts.onboarding.phoneNumberID else { return .failed(.numberNotFound) }
    let numbers = try await graph.phoneNumbers(wabaID: facts.onboarding.wabaID, token: token)
    guard let number = numbers.first(where: { $0.id == numberID }) else { return .failed(.numberNotFound) }
    guard number.digits == facts.sender.phoneNumber.digits else { return .failed(.numberMismatch) }
    let (steps, id, isReconnect) = (self, facts.sender.id, facts.onboarding.fallback != nil)
    return .done("the number is the sender's") { connection in
      if let holder = try connection.holder(ofNumberID: numberID), holder != id { throw NumberTaken() }
      if !isReconnect { try steps.adopt(token, facts, connection) }
    }
  }

  /// Makes what this attempt has proved the sender's.
  func adopt(_ token: Secret, _ facts: Facts, _ connection: Connection) throws {
    let id = facts.sender.id
    guard let numberID = facts.onboarding.phoneNumberID, var sender = try connection.sender(id) else { return }
    if let holder = try connection.holder(ofNumberID: numberID), holder != id { throw NumberTaken() }
    sender.accessToken = keyring.seal(token, binding: SenderRow.tokenBinding(id))
    sender.wabaID = facts.onboarding.wabaID
    sender.businessID = facts.onboarding.businessID ?? sender.businessID
    sender.phoneNumberID = numberID
    if facts.isCoexistence { sender.origin = .coexistence }
    try connection.update(sender, now: clock.now)
  }

  func verifyNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    if facts.onboarding.isVerified { return .done("verified by a code") }
    if facts.isCoexistence { return .skipped("the WhatsApp Business app has verified the number") }
    guard let (number, _) = try await number(facts) else { return .failed(.numberNotFound) }
    return number.codeVerificationStatus == "VERIFIED" ? .skipped("Meta says VERIFIED") : .waiting(.codeNeeded)
  }

  /// Ten registrations in 72 hours are all there are: a number that is connected is left alone, and each call is
  /// counted and stored before it is made.
  func register(_ facts: Facts) async throws -> OnboardingOutcome {
    if facts.isCoexistence { return .skipped("the number stays registered in the WhatsApp Business app") }
    guard let (number, token) = try await number(facts) else { return .failed(.numberNotFound) }
    if MetaNumberState(number.status) == .connected { return .skipped("Meta says CONNECTED") }
    guard let pin = open(facts.sender.pin, SenderRow.pinBinding(facts.sender.id)) else {
      return .again("the PIN cannot be opened", afterMilliseconds: nil)
    }
    let (phone, id, now) = (facts.sender.phoneNumber, facts.sender.id, clock.now)
    let freeAt = try await database.write { try $0.takeRegisterCall(phone, sender: id, now: now) }
    if let freeAt { return .failed(.registerLimit(freeAt: freeAt)) }
    do throws(GraphFailure) {
      try await graph.register(phoneNumberID: number.id, pin: pin, token: token)
    } catch {
      // What provably never left does not count at Meta.
      if case .notSent = error { try await database.write { try $0.forgetRegisterCall(phone, sender: id, at: now) } }
      throw error
    }
    return .done("registered")
  }

  func readNumber(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
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
}
