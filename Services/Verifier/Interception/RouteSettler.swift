import CarrierAPI
import Contracts
import Crypto
import Store
import Telemetry

/// Brings one row of the journal to where it should be, step by step. Every step reads at the carrier what is so,
/// changes at most one thing, and commits before the next.
struct RouteSettler: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let carrier: (any Carrier)?
  /// Where calls are to come; nil while `PUBLIC_URL` is not set.
  let voiceURL: String?
  let publicURL: String?
  let times: InterceptionTimes
  let hooks: InterceptionHooks
  let clock: WallClock
  let log: Log
  let measures: InterceptionMeasures

  /// Steps until nothing is due. One row must not be settled twice at once, nor two of the same number.
  func settle(_ id: String) async throws {
    // Journalled, another URL, armed, given back, restored: no way is longer, and one to spare.
    for _ in 0..<7 {
      guard let row = try await database.read({ try $0.interception(id) }), row.endedAt == nil, row.dueAt <= clock.now
      else { return }
      do {
        try await step(row)
      } catch let refusal as InterceptionRefusal {
        try await callOff(row, refusal.reason)
      } catch let failure as InterceptionFailure {
        return try await record(failure.message, row, isOutOfReach: failure.isOutOfReach)
      } catch let failure as CarrierFailure {
        return try await record(failure.message, row, wait: failure.retryAfterMilliseconds ?? 0)
      }
    }
  }

  private func step(_ row: InterceptionRow) async throws {
    if row.isWanted, row.isOver(at: clock.now) {
      // A session that had the number knows its own deadline: a recording may still be on its way to it.
      if row.state == .armed { return try await takeBack(row) }
      throw InterceptionRefusal(reason: .interceptionTooLate)
    }
    switch (row.state, row.isWanted) {
    case (.ordered, false): try await end(row, as: .failed)
    case (.ordered, true): try await writeDown(row)
    case (.journalled, true): try await switchOver(row)
    case (.armed, true): try await confirm(row)
    default: try await restore(row)
    }
  }

  // MARK: Arming

  /// Reads the route as it is and commits it: nothing is changed before that.
  private func writeDown(_ row: InterceptionRow) async throws {
    guard let voiceURL, let publicURL else { throw InterceptionRefusal(reason: .publicURLMissing) }
    guard carrier != nil else { throw InterceptionRefusal(reason: .carrierNotConfigured) }
    var next = row
    let permanent = try await database.read { try $0.unfinishedInterception(.permanent, of: row.phoneNumber) }
    if row.kind == .session, let permanent {
      return try await share(permanent, row)
    }
    guard let number = try await number(of: row) else { throw InterceptionRefusal(reason: .numberNotAtCarrier) }
    var original = try number.knownRoute()
    let (known, urls) = try await database.read { [keyring] connection in
      (
        try connection.normalRoute(phoneNumber: row.phoneNumber, keyring),
        try connection.urlsOfOurs(phoneNumber: row.phoneNumber)
      )
    }
    let isOurs = { (url: String) in urls.contains(url) || VoiceEdge.isOurs(url, publicURL: publicURL) }
    if original.isByURL, isOurs(original.url) {
      // A late change of an earlier interception: the journal knows what was there before it.
      guard let known, !isOurs(known.url) else {
        throw InterceptionRefusal(reason: .routeAlreadyOurs)
      }
      original = known
    }
    if row.kind == .permanent {
      if let refusal = PermanentRoute.refusal(of: original) { throw InterceptionRefusal(reason: refusal) }
    }
    next.numberSID = number.sid
    next.carrierAccount = carrier?.accountSID
    next.original = try SealedRoute(original, of: row.id, keyring)
    next.switchTo(voiceURL)
    next.note = original.hasNoFallback ? SenderReason.routeUnprotected.message : nil
    next.state = .journalled
    next.dueAt = clock.now
    try await commit(next, over: row)
  }

  /// A number whose calls come here anyway needs no change, only a look whether they still do.
  private func share(_ permanent: InterceptionRow, _ row: InterceptionRow) async throws {
    guard permanent.state == .armed, permanent.isWanted, let original = try permanent.original?.open(keyring),
      let url = permanent.switchedURL
    else { throw InterceptionFailure(message: "the number's route is being changed") }
    guard let number = try await number(of: permanent) else {
      throw InterceptionRefusal(reason: .numberNotAtCarrier)
    }
    let route = try number.knownRoute()
    guard route.isByURL, route.url == url else {
      // With the URL of an earlier setting it comes to somebody else: the permanent row is about to change that.
      if permanent.earlierURLs.contains(route.url) {
        throw InterceptionFailure(message: "the number's route is being changed")
      }
      throw InterceptionRefusal(reason: .routeChanged)
    }
    var next = row
    next.numberSID = number.sid
    next.carrierAccount = carrier?.accountSID
    next.original = try SealedRoute(original, of: row.id, keyring)
    next.switchTo(url)
    try await arm(next, over: row)
  }

  /// Sends the number's calls here and reads whether they come.
  private func switchOver(_ row: InterceptionRow) async throws {
    if try await noteURL(row) { return }
    let isSettled = try await bringHere(row)
    try await arm(row, over: row, isSettled: isSettled)
  }

  /// Whether the URL that calls are to be sent to had to be written down first: `PUBLIC_URL` has changed.
  private func noteURL(_ row: InterceptionRow) async throws -> Bool {
    guard let voiceURL, row.switchedURL != voiceURL else { return false }
    var next = row
    next.switchTo(voiceURL)
    try await commit(next, over: row)
    return true
  }

  /// Looks whether calls still come here, and sends them here again when the route has fallen back.
  private func confirm(_ row: InterceptionRow) async throws {
    if row.kind == .permanent,
      try await database.read({ try $0.senderlessInterceptions().contains(row.phoneNumber) })
    {
      throw InterceptionRefusal(reason: .senderDeleted)
    }
    if try await noteURL(row) { return }
    let isSettled = try await bringHere(row)
    var next = row
    next.carrierAccount = carrier?.accountSID
    next.attempts = 0
    next.lastError = nil
    next.isAlerted = false
    next.dueAt = nextLook(row)
    try await commit(next, over: row) { if isSettled { try $0.setUnsettled(until: nil, row.id) } }
  }

  /// Answers whether no change is under way any more: of two the carrier shows only one.
  private func bringHere(_ row: InterceptionRow) async throws -> Bool {
    guard let voiceURL else { throw InterceptionRefusal(reason: .publicURLMissing) }
    guard let original = try row.original?.open(keyring) else {
      throw InterceptionRefusal(reason: .interceptionTooLate)
    }
    let ours = original.intercepted(by: voiceURL)
    guard let number = try await number(of: row) else { throw InterceptionRefusal(reason: .numberNotAtCarrier) }
    let urls = try await database.read { try $0.urlsOfOurs(phoneNumber: row.phoneNumber) }
    switch RouteReading.of(try number.knownRoute(), original: original, ours: ours, earlierURLs: urls) {
    case .ours: return true
    case .foreign: throw InterceptionRefusal(reason: .routeChanged)
    case .original, .mixed: break
    }
    try await change(number.sid, to: ours, row)
    guard let after = try await self.number(of: row), try after.knownRoute().isSame(as: ours) else {
      throw InterceptionFailure(message: "the carrier took the change but does not show it")
    }
    return row.unsettledUntil.map { $0 <= clock.now } ?? true
  }

  private func arm(_ row: InterceptionRow, over before: InterceptionRow, isSettled: Bool = true) async throws {
    var next = row
    next.state = .armed
    next.attempts = 0
    next.lastError = nil
    next.armedAt = clock.now
    next.dueAt = nextLook(row)
    try await commit(next, over: before) { [hooks, next] connection in
      if isSettled { try connection.setUnsettled(until: nil, next.id) }
      if let verification = next.verificationID { try hooks.onArmed(connection, verification, next.note) }
    }
  }

  /// Numbers that are intercepted for good are looked at now and then, not all at the same moment.
  private func nextLook(_ row: InterceptionRow) -> Int64 {
    row.deadlineAt ?? clock.now + times.permanentLook / 2 + .random(in: 0...times.permanentLook / 2)
  }

  // MARK: Giving back

  /// The deadline's own way of giving back.
  private func takeBack(_ row: InterceptionRow) async throws {
    var next = row
    next.isWanted = false
    next.state = .restoring
    next.attempts = 0
    next.dueAt = clock.now
    try await commit(next, over: row)
  }

  private func restore(_ row: InterceptionRow) async throws {
    if row.kind == .session,
      try await database.read({ try $0.unfinishedInterception(.permanent, of: row.phoneNumber) }) != nil
    {
      return try await end(row, as: .restored)
    }
    guard let original = try row.original?.open(keyring) else { return try await end(row, as: .restored) }
    guard let number = try await number(of: row) else {
      if try await isUnsettled(row) { return }
      return try await end(row, as: .leftAlone, note: "The number is no longer in the carrier's account.", isGone: true)
    }
    let url = row.switchedURL ?? voiceURL ?? ""
    var urls = try await database.read { try $0.urlsOfOurs(phoneNumber: row.phoneNumber) }
    if let voiceURL { urls.insert(voiceURL) }
    let ours = original.intercepted(by: url)
    switch RouteReading.of(try number.knownRoute(), original: original, ours: ours, earlierURLs: urls) {
    case .original: break
    case .foreign:
      if try await isUnsettled(row) { return }
      return try await end(row, as: .leftAlone)
    case .ours, .mixed:
      try await change(number.sid, to: original, row)
      guard let after = try await self.number(of: row), try after.knownRoute().isSame(as: original) else {
        throw InterceptionFailure(message: "the carrier took the change but does not show it")
      }
    }
    if try await isUnsettled(row) { return }
    try await end(row, as: .restored)
  }

  /// A change whose answer was lost may arrive after this look: then another follows.
  private func isUnsettled(_ row: InterceptionRow) async throws -> Bool {
    let fresh = try await database.read { try $0.interception(row.id) } ?? row
    guard let until = fresh.unsettledUntil, until > clock.now else { return false }
    var next = fresh
    next.attempts = 0
    next.dueAt = until
    try await commit(next, over: fresh)
    return true
  }

  private func end(
    _ row: InterceptionRow, as state: InterceptionRow.State, note: String? = nil, isGone: Bool = false
  ) async throws {
    var next = row
    next.state = state
    next.isWanted = false
    next.attempts = 0
    next.lastError = nil
    next.note = note ?? row.note
    next.endedAt = clock.now
    try await commit(next, over: row) { [hooks] connection in
      if state == .leftAlone { try hooks.alert(connection, isGone ? .numberGone(row) : .leftAlone(row)) }
      if state == .restored, row.isAlerted { try hooks.alert(connection, .restored(row)) }
    }
  }

  // MARK: The carrier

  /// The row's number as the carrier has it: by its id once that is known, for a number may be sold and bought again.
  private func number(of row: InterceptionRow) async throws -> CarrierNumber? {
    guard let carrier else { throw outOfReach(row) ?? InterceptionFailure(message: "no carrier is configured here") }
    if let sid = row.numberSID, let number = try await carrier.number(sid: sid) { return number }
    if let number = try await carrier.number(row.phoneNumber) { return number }
    // That this account does not have it says nothing of the account that had it.
    if let failure = outOfReach(row) { throw failure }
    return nil
  }

  /// What is the matter with a number whose carrier's account is no longer configured.
  private func outOfReach(_ row: InterceptionRow) -> InterceptionFailure? {
    guard let account = row.carrierAccount, account != carrier?.accountSID else { return nil }
    return InterceptionFailure(
      message: "the number is in the carrier account …\(account.suffix(4)), which is no longer configured",
      isOutOfReach: true)
  }

  /// Asks for a change. A lost answer is no failure yet: the next look tells what became of it.
  private func change(_ sid: String, to route: VoiceRoute, _ row: InterceptionRow) async throws {
    guard let carrier else { throw InterceptionFailure(message: "no carrier is configured here") }
    do throws(CarrierFailure) {
      _ = try await carrier.setRoute(route, of: sid)
    } catch {
      guard case .unknown = error else { throw error }
      log.info(
        "interception.unknown", ["interception": .string(row.id), "error": .string(URLBlanking.blank(error.message))])
      try await database.write { [until = clock.now + times.unsettled] connection in
        try connection.setUnsettled(until: until, row.id)
      }
    }
  }
}
