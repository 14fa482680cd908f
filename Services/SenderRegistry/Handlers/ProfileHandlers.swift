import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry
import Wire
import Workers

/// Reading and changing what customers see of a sender.
struct ProfileHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let graph: GraphClient
  /// Announces changes of profiles.
  let notifier: ChangeNotifier
  /// Called when a profile has something due.
  let wake: @Sendable () -> Void
  let readInterval: Int64
  let clock: WallClock
  let log: Log

  /// How long a change waits for Meta's answer.
  private static let patience = Duration.seconds(5)

  func get(_ call: SenderRegistryAPI.GetProfile, _ context: CallContext) async throws -> SenderProfile {
    try await find(call.id, context.accountID).profile
  }

  func categories(
    _ call: SenderRegistryAPI.ListProfileCategories, _ context: CallContext
  ) async throws -> Page<ProfileCategory> {
    Page(data: ProfileCategories.all, nextCursor: nil)
  }

  /// Stores what is wanted and answers after Meta did, or when patience ends.
  func update(_ call: SenderRegistryAPI.UpdateProfile, _ context: CallContext) async throws -> SenderProfile {
    let account = try context.accountID
    let change = try ProfileChange.checked { () throws(ProfileChange.Refusal) in try ProfileChange(call) }
    guard !change.isEmpty else {
      throw CallFailure.invalidArgument("NOTHING_TO_CHANGE", "Name at least one field of the profile.")
    }
    let now = clock.now
    try await database.write { connection in
      guard var profile = try connection.profile(call.id, account: account) else {
        throw CallFailure.senderNotFound(call.id)
      }
      try IfVersion.check(call.ifVersion, current: profile.version)
      try profile.apply(change, now: now)
      try connection.update(profile)
      connection.afterCommit {
        notifier.announce()
        wake()
      }
    }
    log.info("profile.changed", ["sender": .string(call.id.text)])
    return try await outcome(call.id, account, within: min(Self.patience, context.remaining))
  }

  /// Forgets our logo. What WhatsApp shows stays.
  func deleteLogo(_ call: SenderRegistryAPI.DeleteLogo, _ context: CallContext) async throws -> SenderProfile {
    let account = try context.accountID
    let row = try await database.write { connection -> ProfileRow? in
      guard var profile = try connection.profile(call.id, account: account) else { return nil }
      try IfVersion.check(call.ifVersion, current: profile.version)
      guard profile.logo != nil else { return profile }
      profile.removeLogo()
      try connection.deleteLogo(call.id)
      try connection.update(profile)
      connection.afterCommit { notifier.announce() }
      return try connection.profile(call.id, account: account)
    }
    guard let row else { throw CallFailure.senderNotFound(call.id) }
    return row.profile
  }

  /// Reads what Meta shows. Asked again when a post went out meanwhile: the reading may be older than it.
  func sync(_ call: SenderRegistryAPI.SyncProfile, _ context: CallContext) async throws -> SenderProfile {
    let account = try context.accountID
    for _ in 0..<3 {
      let (row, sender) = try await database.read { connection in
        (try connection.profile(call.id, account: account), try connection.sender(call.id, account: account))
      }
      guard let row, let sender else { throw CallFailure.senderNotFound(call.id) }
      guard let (number, token) = sender.credentials(keyring) else {
        throw CallFailure.failedPrecondition(
          "SENDER_NOT_CONNECTED", "The sender is not connected to WhatsApp yet: connect it, then sync.")
      }
      let reading = try await read(number, token)
      let now = clock.now
      let done = try await database.write { connection -> SenderProfile? in
        guard let current = try connection.profile(call.id, account: account) else {
          throw CallFailure.senderNotFound(call.id)
        }
        if current.posts != row.posts || current.sending != nil && call.adopt == true { return nil }
        return try connection.once(call, context, keyring, now: now) {
          try take(reading, current, sender, adopting: call.adopt == true, connection, now: now)
        }
      }
      if let done { return done }
      // The worker is posting; its end is announced.
      _ = await notifier.wait(after: notifier.generation, atMost: .milliseconds(500))
    }
    throw CallFailure.aborted("PROFILE_BUSY", "The profile is being sent to Meta: sync again in a moment.")
  }

  private func take(
    _ reading: GraphProfile, _ current: ProfileRow, _ sender: SenderRow, adopting: Bool, _ connection: Connection,
    now: Int64
  ) throws -> SenderProfile {
    var profile = current
    let hasPicture = reading.pictureURL != nil
    if adopting {
      let hadLogo = profile.logo != nil
      profile.adopt(ProfileTexts(reading), hasPicture: hasPicture)
      if hadLogo, profile.logo == nil { try connection.deleteLogo(profile.senderID) }
    } else {
      let new = profile.ledger.received(
        ProfileTexts(reading), hasPicture: hasPicture, ownsPicture: profile.logo != nil,
        now: Timestamp(milliseconds: now))
      try connection.announceDrift(new, of: sender, now: now)
    }
    profile.syncedAt = now
    profile.readAt = now + readInterval
    try connection.update(profile)
    connection.afterCommit { notifier.announce() }
    guard let stored = try connection.profile(profile.senderID) else {
      throw CallFailure.senderNotFound(profile.senderID)
    }
    return stored.profile
  }

  private func read(_ number: String, _ token: Secret) async throws(CallFailure) -> GraphProfile {
    do throws(GraphFailure) {
      return try await graph.businessProfile(phoneNumberID: number, token: token)
    } catch {
      guard case .answered(let answer) = error, !answer.mayWorkLater else {
        throw .unavailable(
          "META_UNREACHABLE", "Meta gave no usable answer: sync again later.", retryAfter: .seconds(5))
      }
      throw .failedPrecondition("META_REFUSED", "Meta refused to show the profile (\(answer.summary)).")
    }
  }

  /// The profile once nothing of it is on its way, or when patience ends.
  func outcome(_ id: SenderID, _ account: AccountID, within limit: Duration) async throws -> SenderProfile {
    let end = Deadline.after(limit - .milliseconds(100))
    while true {
      // Taken before looking: what is committed after the look is a newer generation and ends the wait at once.
      let generation = notifier.generation
      let row = try await find(id, account)
      let isUnderWay = row.isOnline && (row.sending != nil || !row.open.isEmpty) && row.refusal == nil
      if !isUnderWay || end.hasPassed { return row.profile }
      guard await notifier.wait(after: generation, atMost: end.remaining) else { return row.profile }
    }
  }

  private func find(_ id: SenderID, _ account: AccountID) async throws -> ProfileRow {
    guard let row = try await database.read({ try $0.profile(id, account: account) }) else {
      throw CallFailure.senderNotFound(id)
    }
    return row
  }
}

extension ProfileChange {
  /// What a person may read of a refusal.
  static func checked<Value>(_ make: () throws(Refusal) -> Value) throws(CallFailure) -> Value {
    do throws(Refusal) {
      return try make()
    } catch {
      throw .invalidArgument(error.code, error.message, field: error.field)
    }
  }
}
