import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry
import Workers

/// Brings one sender's profile to Meta, and Meta's to us, until there is nothing to do or it must pause.
///
/// What goes out is stored and committed before its call, and what came of it after it. So a start after a crash
/// knows which post may have reached Meta, and looks before it repeats it.
struct ProfileRun: Sendable {
  let database: Database
  let steps: ProfileSteps
  let notifier: ChangeNotifier
  let backoff: Backoff
  /// Pause between two readings of a sender's profile.
  let interval: Int64
  let clock: WallClock
  let log: Log
  let metrics: Metrics

  private struct Begun: Sendable {
    let action: ProfilePlan.Action
    let facts: ProfileSteps.Facts
  }

  /// Upload sessions that may be begun anew for one picture.
  private static let restarts = 3

  /// Returns when there is nothing to do now. Throws when the store fails or the service stops.
  func run(_ id: SenderID) async throws {
    // Texts, the picture in three steps, and a reading; twice over when some of it was lost.
    for _ in 0..<16 {
      guard let begun = try await begin(id) else { return }
      let outcome = try await steps.run(begun.action, begun.facts)
      try await database.write { connection in try store(outcome, begun, connection) }
    }
    log.fault("profile.endless", ["sender": .string(id.text)])
  }

  /// Decides what to do and commits that it begins. Nil when there is nothing to do now.
  private func begin(_ id: SenderID) async throws -> Begun? {
    try await database.write { connection in
      let now = clock.now
      guard var profile = try connection.profile(id), profile.isOnline, let sender = try connection.sender(id) else {
        return nil
      }
      let action = profile.action(now: now)
      switch action {
      case .rest:
        try connection.update(profile, isVisible: false)
        return nil
      case .post(let fields):
        profile.sending = ProfilePost(fields: fields, texts: profile.ledger.wanted)
        try connection.update(profile, isVisible: false)
      case .postLogo(let handle):
        profile.sending = ProfilePost(fields: [.logo], handle: handle, hadPicture: profile.ledger.hasPicture)
        try connection.update(profile, isVisible: false)
      case .sendPicture:
        profile.logo?.hasSent = true
        if let logo = profile.logo { try connection.setUpload(id, of: logo) }
      case .startUpload where profile.logo == nil:
        // Deleted since it was set.
        profile.ledger.unsent.remove(.logo)
        try connection.update(profile)
        return nil
      case .startUpload, .read, .reconcile:
        // A session that nobody uses ends by itself, and reading changes nothing.
        break
      }
      return Begun(action: action, facts: ProfileSteps.Facts(sender: sender, profile: profile))
    }
  }

  /// Commits what came of it.
  private func store(_ outcome: ProfileSteps.Outcome, _ begun: Begun, _ connection: Connection) throws {
    let id = begun.facts.sender.id
    guard var profile = try connection.profile(id) else { return }
    let before = profile.profile
    let now = clock.now
    switch outcome {
    case .posted:
      posted(&profile, begun, now: now)
    case .read(let reading, let hasPicture):
      try received(reading, hasPicture, &profile, begun, connection, now: now)
    case .uploadBegan(let uploadID):
      guard isStill(profile, begun), var logo = profile.logo else { break }
      (logo.uploadID, logo.hasSent, logo.handle) = (uploadID, false, nil)
      profile.logo = logo
      try connection.setUpload(id, of: logo)
    case .uploaded(let handle):
      guard isStill(profile, begun), var logo = profile.logo else { break }
      logo.handle = handle
      profile.logo = logo
      profile.tries = 0
      try connection.setUpload(id, of: logo)
    case .uploadGone(let error):
      try uploadGone(error, &profile, begun, connection, now: now)
    case .gone:
      if begun.action.isPost { profile.sending = nil }
      // Another picture is worked on at once; without credentials the next change, or an hour, must come.
      if isStill(profile, begun) { (profile.pushAt, profile.readAt) = (now + interval, now + interval) }
    case .refused(let error):
      try refused(error, &profile, begun, connection, now: now)
    case .again(let why, let wish, let isUnknown):
      again(why, wish, isUnknown: isUnknown, &profile, begun, now: now)
    }
    var after = profile.profile
    after.version = before.version
    let isVisible = after != before
    try connection.update(profile, isVisible: isVisible)
    connection.afterCommit { notifier.announce() }
    metrics.counter(
      "wss_registry_profile_steps_total", "Calls to Meta for profiles by what came of them.",
      labels: ["step": begun.action.name, "outcome": outcome.name]
    ).increment()
  }

  /// The picture that was worked on is still the sender's.
  private func isStill(_ profile: ProfileRow, _ begun: Begun) -> Bool {
    profile.logo?.sha256 == begun.facts.profile.logo?.sha256
  }

  private func posted(_ profile: inout ProfileRow, _ begun: Begun, now: Int64) {
    guard let post = profile.sending else { return }
    profile.ledger.took(post, isLogoStill: isStill(profile, begun))
    settled(&profile, now: now)
  }

  /// A post reached its end well.
  private func settled(_ profile: inout ProfileRow, now: Int64) {
    profile.sending = nil
    profile.tries = 0
    profile.posts += 1
    profile.syncedAt = now
    if profile.refusedFields.isEmpty { profile.refusal = nil }
  }

  private func received(
    _ reading: ProfileTexts, _ hasPicture: Bool, _ profile: inout ProfileRow, _ begun: Begun,
    _ connection: Connection, now: Int64
  ) throws {
    if case .reconcile = begun.action, let post = profile.sending {
      let taken = profile.ledger.isTaken(post, reading, hasPicture: hasPicture)
      profile.ledger.took(taken, isLogoStill: isStill(profile, begun))
      if taken.fields == post.fields { settled(&profile, now: now) } else { profile.sending = nil }
    }
    let new = profile.ledger.received(
      reading, hasPicture: hasPicture, ownsPicture: profile.logo != nil, now: Timestamp(milliseconds: now))
    profile.syncedAt = now
    profile.readAt = now + Self.jittered(interval)
    if case .read = begun.action { profile.tries = 0 }
    try connection.announceDrift(new, of: begun.facts.sender, now: now)
    if !new.isEmpty {
      log.notice(
        "profile.drifted",
        ["sender": .string(begun.facts.sender.id.text), "fields": .string(new.map(\.field).joined(separator: ","))])
    }
  }

  private func uploadGone(
    _ error: GraphError, _ profile: inout ProfileRow, _ begun: Begun, _ connection: Connection, now: Int64
  ) throws {
    guard isStill(profile, begun), var logo = profile.logo else { return }
    guard logo.restarts < Self.restarts else {
      return try refused(error, &profile, begun, connection, now: now)
    }
    logo.restarts += 1
    (logo.uploadID, logo.hasSent, logo.handle) = (nil, false, nil)
    profile.logo = logo
    try connection.setUpload(begun.facts.sender.id, of: logo)
  }

  private func refused(
    _ error: GraphError, _ profile: inout ProfileRow, _ begun: Begun, _ connection: Connection, now: Int64
  ) throws {
    let post = profile.sending
    if begun.action.isPost { profile.sending = nil }
    if error.isTokenProblem || begun.action.fields.isEmpty {
      // Not about values. The state of the sender tells of the token; what waits is tried again later.
      if !profile.open.isEmpty { profile.refusal = .metas(error, fields: []) }
      (profile.pushAt, profile.readAt) = (now + interval, now + interval)
      return
    }
    if case .postLogo = begun.action, isStill(profile, begun), var logo = profile.logo, logo.restarts == 0 {
      // A handle may have grown too old while the sender was away: once more with another one.
      logo.restarts = 1
      (logo.uploadID, logo.hasSent, logo.handle) = (nil, false, nil)
      profile.logo = logo
      return try connection.setUpload(begun.facts.sender.id, of: logo)
    }
    profile.tries = 0
    // What was changed meanwhile is not what Meta refused.
    let fields = begun.action.fields.filter { field in
      field == .logo
        ? isStill(profile, begun)
        : ProfileTexts.isSame(field, post?.texts[field], profile.ledger.wanted[field])
    }
    if fields.isEmpty { return }
    profile.refusedFields.formUnion(fields)
    let refusal = ProfileRefusal.metas(error, fields: fields)
    profile.refusal = refusal
    try connection.addEvent(
      "profile.refused", .warning, account: begun.facts.sender.accountID, sender: begun.facts.sender.id,
      "Meta refused values of the profile (\(refusal.code)): \(refusal.message) Change them, or sync with adopt.",
      now: now)
    log.notice(
      "profile.refused", ["sender": .string(begun.facts.sender.id.text), "code": .string(refusal.code)])
  }

  private func again(
    _ why: String, _ wish: Int64?, isUnknown: Bool, _ profile: inout ProfileRow, _ begun: Begun, now: Int64
  ) {
    if !isUnknown, begun.action.isPost { profile.sending = nil }
    profile.tries += 1
    var wait = interval
    if let pause = backoff.pause(after: profile.tries) {
      wait = max(pause, min(wish ?? 0, backoff.longestMilliseconds))
    } else {
      profile.tries = 0
      if !profile.open.isEmpty || profile.sending != nil { profile.refusal = .unreachable }
    }
    profile.pushAt = now + wait
    if case .read = begun.action { profile.readAt = now + wait }
    log.info(
      "profile.again",
      ["sender": .string(begun.facts.sender.id.text), "step": .string(begun.action.name), "why": .string(why)])
  }

  /// A tenth more or less, so that readings do not gather.
  private static func jittered(_ interval: Int64) -> Int64 {
    interval + Int64.random(in: -(interval / 10)...(interval / 10))
  }
}
