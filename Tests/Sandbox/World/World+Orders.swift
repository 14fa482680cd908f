package import JSON
import Synchronization
import Telemetry

/// Orders that touch Meta's memory; the control API and tests in the same process share them.
extension World {
  /// Plays a customer finishing Embedded Signup in Meta's popup. `phone` nil: an account without a number; coexistence:
  /// the number stays in the WhatsApp Business app, and the popup does not name it. `pin` is one the number has already.
  package func signUp(
    phone: PhoneDigits?, name: String, isVerified: Bool = true, isCoexistence: Bool = false, pin: String? = nil,
    scopes: [String]? = nil
  ) throws(ControlFailure) -> MetaSignup {
    let now = settings.clock.now
    return try locked { (state) throws(ControlFailure) in
      try state.signUp(
        phone: phone, name: name, isVerified: isVerified, isCoexistence: isCoexistence, pin: pin,
        scopes: scopes ?? MetaToken.allScopes, now: now)
    }
  }

  /// The customer goes through the popup again: another code for the same account.
  package func repeatSignup(wabaID: String) throws(ControlFailure) -> String {
    let now = settings.clock.now
    return try locked { (state) throws(ControlFailure) in try state.issueCode(wabaID: wabaID, now: now) }
  }

  /// Ends signup codes that wait, as thirty seconds would. How many ended.
  package func expireCodes() -> Int {
    let now = settings.clock.now
    return graph.state.withLock { $0.expireCodes(now: now) }
  }

  /// How often a code may be asked for, per number and hour.
  package func limitCodes(requestsPerHour count: Int) throws(ControlFailure) {
    guard (1...100_000).contains(count) else { throw ControlFailure("requests_per_hour is 1 to 100000") }
    graph.state.withLock { $0.codeRequestLimit = count }
  }

  /// Whether a number has an account in one of the WhatsApp apps.
  package func setOnWhatsApp(_ isOn: Bool, _ phone: PhoneDigits) {
    graph.state.withLock { state in
      if !isOn {
        state.appPhones.remove(phone)
      } else if state.appPhones.count < MetaState.limit {
        state.appPhones.insert(phone)
      }
    }
  }

  /// What Meta has decided about an account; nil leaves it.
  package func decide(
    _ wabaID: String, numberCap: Int? = nil, isLocked: Bool? = nil, isRestricted: Bool? = nil
  ) throws(ControlFailure) {
    let isKnown = graph.state.withLock { state in
      guard var account = state.accounts[wabaID] else { return false }
      if let numberCap { account.numberCap = numberCap }
      if let isLocked { account.isLocked = isLocked }
      if let isRestricted { account.isRestricted = isRestricted }
      state.replace(account)
      return true
    }
    if !isKnown { throw ControlFailure("no account \(wabaID)", status: 404) }
  }

  /// Ends tokens of an account, or one token. How many ended.
  package func expireTokens(wabaID: String? = nil, token: String? = nil) -> Int {
    graph.state.withLock { $0.expireTokens(wabaID: wabaID, token: token) }
  }

  /// Approves a template, given as `name language`.
  package func addTemplate(_ template: String, to wabaID: String) throws(ControlFailure) {
    try locked { (state) throws(ControlFailure) in try state.addTemplate(template, to: wabaID) }
  }

  /// Sends an event of an account to the app, on any webhook field but `messages`.
  package func tell(_ field: String, _ value: JSONValue, of wabaID: String) throws(ControlFailure) {
    guard let account = graph.state.withLock({ $0.accounts[wabaID] }) else {
      throw ControlFailure("no account \(wabaID)", status: 404)
    }
    guard field != "messages" else { throw ControlFailure("messages come from phones; see also webhooks/raw") }
    webhooks.send(
      WebhookUpdate(
        wabaID: wabaID, phoneNumberID: "", displayNumber: "", overrideURL: account.subscription?.overrideURL,
        content: .other(field: field, value: value)))
  }

  /// The partner's pool.
  package var poolEntries: [MetaPoolEntry] {
    let now = settings.clock.now
    return graph.state.withLock { $0.poolEntries(now: now) }
  }

  /// Verifies a number of the pool, or not, so that its verification ends in so many days.
  package func setPoolEntry(_ phone: PhoneDigits, isVerified: Bool, expiresInDays days: Int) throws(ControlFailure) {
    guard (-1_000...1_000).contains(days) else { throw ControlFailure("expires_in_days is -1000 to 1000") }
    let end = settings.clock.now + Int64(days) * MetaPoolEntry.day
    let isKnown = graph.state.withLock { state -> Bool in
      guard let id = state.pool.values.first(where: { $0.phone == phone })?.id else { return false }
      do throws(GraphError) {
        try state.update(poolEntry: id) { (entry: inout MetaPoolEntry) throws(GraphError) in
          entry.set(expires: isVerified ? end : nil)
        }
        return true
      } catch {
        return false
      }
    }
    if !isKnown { throw ControlFailure("\(phone) is not in the pool", status: 404) }
  }

  /// A number as Meta knows it now.
  package func number(_ id: String) -> MetaNumber? { graph.state.withLock { $0.numbers[id] } }

  /// Changes what Meta thinks of a number, named by its id or in E.164; the number afterwards.
  @discardableResult
  package func changeNumber(
    _ name: String, _ change: @Sendable (inout MetaNumber) -> Void
  ) throws(ControlFailure) -> MetaNumber {
    try locked { (state) throws(ControlFailure) in
      let phone = PhoneDigits(name)
      let known = state.numbers[name] ?? state.numbers.values.first { phone != nil && $0.phone == phone }
      guard let id = known?.id else { throw ControlFailure("no number \(name)", status: 404) }
      do throws(GraphError) {
        return try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
          change(&number)
          return number
        }
      } catch {
        throw ControlFailure("no number \(name)", status: 404)
      }
    }
  }

  private func locked<Value: Sendable>(
    _ body: (inout MetaState) throws(ControlFailure) -> Value
  ) throws(ControlFailure) -> Value {
    let result = graph.state.withLock { state -> Result<Value, ControlFailure> in
      do throws(ControlFailure) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
