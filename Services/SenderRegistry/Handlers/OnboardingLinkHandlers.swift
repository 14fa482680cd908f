import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// Links with which somebody without an API key connects one sender.
struct OnboardingLinkHandlers: Sendable {
  /// Open links of a sender: an agency needs one, and nobody keeps count of hundreds.
  static let activePerSender = 20

  let database: Database
  let keyring: SealingKeyring
  /// Without a slash at its end; nil when the operator has not said where people reach the service.
  let publicURL: String?
  let hasConfigID: Bool
  let clock: WallClock
  let log: Log

  func create(_ call: SenderRegistryAPI.CreateOnboardingLink, _ context: CallContext) async throws -> OnboardingLink {
    let account = try context.accountID
    let hours = call.expiresInHours ?? 72
    guard (1...720).contains(hours) else {
      throw CallFailure.invalidArgument(
        "EXPIRES_OUT_OF_RANGE", "expires_in_hours: 1 to 720, not \(hours)", field: "expires_in_hours")
    }
    if let note = call.note, note.count > 200 || note.utf8.count > 800 {
      throw CallFailure.invalidArgument("NOTE_TOO_LONG", "note: at most 200 characters", field: "note")
    }
    guard let publicURL, hasConfigID else {
      throw CallFailure.failedPrecondition(
        "SIGNUP_NOT_CONFIGURED",
        "Links need \(publicURL == nil ? "PUBLIC_URL" : "META_CONFIG_ID"): the operator sets it, see /v1/requirements.")
    }
    let now = clock.now
    let link = OnboardingLinkRow(
      id: LinkID(trusted: "lnk_" + ULID.make(milliseconds: now)), accountID: account, senderID: call.senderID,
      note: call.note, createdAt: now, expiresAt: now + Int64(hours) * 3_600_000)
    let token = OnboardingToken.make()
    let made = try await database.write { connection in
      guard try connection.sender(call.senderID, account: account) != nil else {
        throw CallFailure.senderNotFound(call.senderID)
      }
      return try connection.once(call, context, keyring, now: now) {
        guard try connection.activeOnboardingLinks(call.senderID, now: now) < Self.activePerSender else {
          throw CallFailure.resourceExhausted(
            "TOO_MANY_LINKS", "The sender has \(Self.activePerSender) open links: revoke some of them first.")
        }
        try connection.insert(link, tokenHash: token.hash)
        return link.link(url: "\(publicURL)/onboard/\(token.text)", now: now)
      }
    }
    log.info("onboarding_link.created", ["link": .string(made.id.text), "sender": .string(call.senderID.text)])
    return made
  }

  func get(_ call: SenderRegistryAPI.GetOnboardingLink, _ context: CallContext) async throws -> OnboardingLink {
    let account = try context.accountID
    guard let row = try await database.read({ try $0.onboardingLink(call.id, account: account) }) else {
      throw Self.notFound(call.id)
    }
    return row.link(now: clock.now)
  }

  func list(
    _ call: SenderRegistryAPI.ListOnboardingLinks, _ context: CallContext
  ) async throws -> Page<OnboardingLink> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let cursor = try PageRequest.position(call.cursor)
    let rows = try await database.read { connection in
      try connection.onboardingLinks(account: account, sender: call.senderID, after: cursor, limit: limit + 1)
    }
    let now = clock.now
    return PageRequest.page(rows.map { $0.link(now: now) }, limit: limit) { $0.id.text }
  }

  /// A link that was used stays used: revoking it changes nothing of what it has done.
  func revoke(_ call: SenderRegistryAPI.RevokeOnboardingLink, _ context: CallContext) async throws -> OnboardingLink {
    let account = try context.accountID
    let now = clock.now
    let link = try await database.write { connection in
      guard try connection.onboardingLink(call.id, account: account) != nil else { throw Self.notFound(call.id) }
      try connection.revokeOnboardingLink(call.id, now: now)
      guard let row = try connection.onboardingLink(call.id, account: account) else { throw Self.notFound(call.id) }
      return row.link(now: now)
    }
    log.info("onboarding_link.revoked", ["link": .string(call.id.text)])
    return link
  }

  private static func notFound(_ id: LinkID) -> CallFailure {
    .notFound("LINK_NOT_FOUND", "There is no onboarding link \(id).")
  }
}
