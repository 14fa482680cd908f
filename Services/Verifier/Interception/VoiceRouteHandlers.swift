import CarrierAPI
import Contracts
import Crypto
import Store
import Telemetry
import Wire

/// Showing where a number's calls go, and choosing how they reach this service.
struct VoiceRouteHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let edge: CarrierEdgeSettings
  let carrier: (any Carrier)?
  let clock: WallClock
  let wakeInterceptor: @Sendable () -> Void

  /// What the journal says of a number.
  private struct Journal: Sendable {
    var session: InterceptionRow?
    var permanent: InterceptionRow?
    /// The last wish for a permanent way, ended or not.
    var last: InterceptionRow?

    init(_ phoneNumber: String, _ connection: Connection) throws {
      session = try connection.unfinishedInterception(.session, of: phoneNumber)
      permanent = try connection.unfinishedInterception(.permanent, of: phoneNumber)
      last = try connection.lastInterception(.permanent, of: phoneNumber)
    }
  }

  func get(_ call: VerifierAPI.GetVoiceRoute, _ context: CallContext) async throws -> SenderVoiceRoute {
    let sender = try await sender(call.senderID, context)
    let journal = try await database.read { try Journal(sender.phoneNumber, $0) }
    if let original = try original(journal) { return view(sender, journal, original) }
    // Nothing is changed now, so the carrier's word is the normal route.
    do throws(CarrierFailure) {
      guard let carrier else { return view(sender, journal, nil, warning: .carrierNotConfigured) }
      guard let number = try await carrier.number(sender.phoneNumber) else {
        return view(sender, journal, nil, warning: .numberNotAtCarrier)
      }
      return view(sender, journal, try number.knownRoute())
    } catch {
      throw Self.unreachable
    }
  }

  func set(_ call: VerifierAPI.SetVoiceRoute, _ context: CallContext) async throws -> SenderVoiceRoute {
    let sender = try await sender(call.senderID, context)
    let account = try context.requiredAccount
    let now = clock.now
    switch call.mode {
    case .switched:
      let journal = try await database.write { connection in
        let before = try Journal(sender.phoneNumber, connection)
        guard let permanent = before.permanent, permanent.isWanted else { return before }
        try Self.refuseDuringVerification(before)
        try connection.endPermanentInterception(phoneNumber: sender.phoneNumber, now: now)
        connection.afterCommit(wakeInterceptor)
        return try Journal(sender.phoneNumber, connection)
      }
      return view(sender, journal, try original(journal))
    case .permanent:
      let before = try await database.read { try Journal(sender.phoneNumber, $0) }
      if let permanent = before.permanent, permanent.isWanted {
        return view(sender, before, try permanent.original?.open(keyring))
      }
      let normal = try await normalRoute(sender)
      let journal = try await database.write { connection in
        let now = try Journal(sender.phoneNumber, connection)
        if let permanent = now.permanent {
          if permanent.isWanted { return now }
          throw CallFailure.aborted(
            "ROUTE_CHANGING", "The number's calls are just being given back: try again when that is done.")
        }
        try Self.refuseDuringVerification(now)
        try connection.orderPermanentInterception(
          sender: sender.id, account: account, phoneNumber: sender.phoneNumber, now: clock.now)
        connection.afterCommit(wakeInterceptor)
        return try Journal(sender.phoneNumber, connection)
      }
      return view(sender, journal, normal)
    }
  }

  // MARK: Refusals

  /// A platform number of this carrier, or why not.
  private func sender(_ id: SenderID, _ context: CallContext) async throws -> ConnectedSender {
    let account = try context.requiredAccount
    guard let sender = try await database.read({ try $0.connectedSender(id, account: account) }) else {
      throw CallFailure.notFound("SENDER_NOT_FOUND", "There is no sender \(id).")
    }
    guard sender.origin == .platform else {
      throw CallFailure.failedPrecondition(
        "NOT_A_PLATFORM_NUMBER", "Only numbers of the platform's inventory have a voice route here.")
    }
    if let provider = sender.provider, provider != edge.name {
      throw CallFailure.failedPrecondition(
        "CARRIER_UNSUPPORTED",
        "The number is at \(provider.prefix(40)): only the routes of \(edge.name) are known here.")
    }
    return sender
  }

  /// The route that calls would be sent on to; throws when they could not be.
  private func normalRoute(_ sender: ConnectedSender) async throws -> VoiceRoute {
    guard let carrier else { throw Self.precondition(.carrierNotConfigured) }
    guard let publicURL = edge.publicURL else { throw Self.precondition(.publicURLMissing) }
    let read: VoiceRoute?
    do throws(CarrierFailure) { read = try await carrier.number(sender.phoneNumber)?.knownRoute() } catch {
      throw Self.unreachable
    }
    guard var normal = read else { throw Self.precondition(.numberNotAtCarrier) }
    let (known, urls) = try await database.read { [keyring] connection in
      (
        try connection.normalRoute(phoneNumber: sender.phoneNumber, keyring),
        try connection.urlsOfOurs(phoneNumber: sender.phoneNumber)
      )
    }
    if normal.isByURL, urls.contains(normal.url) || VoiceEdge.isOurs(normal.url, publicURL: publicURL) {
      guard let known else {
        throw Self.precondition(.routeAlreadyOurs)
      }
      normal = known
    }
    if let refusal = PermanentRoute.refusal(of: normal) { throw Self.precondition(refusal) }
    return normal
  }

  private static func refuseDuringVerification(_ journal: Journal) throws {
    guard journal.session != nil else { return }
    throw CallFailure(
      .failedPrecondition, "VERIFICATION_RUNNING", "A verification has the number: wait until it has ended.",
      retry: .afterMilliseconds(30_000))
  }

  private static func precondition(_ reason: SenderReason) -> CallFailure {
    .failedPrecondition(reason.code, reason.message + " " + reason.nextStep)
  }

  private static let unreachable = CallFailure.unavailable(
    "CARRIER_UNREACHABLE", "The carrier does not tell where the number's calls go: try again shortly.")

  // MARK: The answer

  private func original(_ journal: Journal) throws -> VoiceRoute? {
    try (journal.permanent ?? journal.session)?.original?.open(keyring)
  }

  private func view(
    _ sender: ConnectedSender, _ journal: Journal, _ normal: VoiceRoute?, warning: SenderReason? = nil
  ) -> SenderVoiceRoute {
    var view = SenderVoiceRoute(
      senderID: sender.id, mode: journal.permanent?.isWanted == true ? .permanent : .switched, state: state(journal))
    if let normal {
      if normal.isByURL, !normal.url.isEmpty, !isOurs(normal.url) { view.normalURL = URLBlanking.blank(normal.url) }
      view.warnings += warnings(normal)
    }
    if let warning { view.warnings.append(warning) }
    for row in [journal.session, journal.permanent] {
      guard let row, row.state == .restoring, row.attempts > 0 else { continue }
      view.warnings.append(.notRestored(row.lastError))
    }
    if let last = journal.last, last.state == .failed, let error = last.lastError {
      view.warnings.append(.notPermanent(error))
    }
    if view.state == .intercepted {
      view.interceptedUntil = journal.session?.deadlineAt.map { Timestamp(milliseconds: $0) }
    }
    return view
  }

  private func warnings(_ normal: VoiceRoute) -> [SenderReason] {
    if normal.hasNoFallback { return [.routeUnprotected] }
    if normal.url.isEmpty { return [.routeEmpty] }
    return isOurs(normal.url) ? [.routeAlreadyOurs] : []
  }

  private func isOurs(_ url: String) -> Bool { edge.publicURL.map { VoiceEdge.isOurs(url, publicURL: $0) } ?? false }

  private func state(_ journal: Journal) -> SenderVoiceRoute.State {
    let row = journal.session ?? journal.permanent
    return switch row?.state {
    case nil, .restored, .leftAlone, .failed: .normal
    case .ordered, .journalled: .switching
    case .armed: row?.kind == .permanent ? .permanent : .intercepted
    case .restoring: .restoring
    }
  }
}
