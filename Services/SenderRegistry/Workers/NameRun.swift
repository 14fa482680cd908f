import Contracts
import GraphAPI
import Store
import Telemetry
import Workers

/// Brings a display name through Meta's review and to the customers: ask, wait, register again, read.
///
/// Every call is journalled as started, and committed, before it goes out; a start after a crash looks at Meta's side
/// before it repeats one.
struct NameRun: Sendable {
  let database: Database
  let steps: NameSteps
  /// Announces changes of senders.
  let notifier: ChangeNotifier
  let backoff: Backoff
  /// Pause between two looks at a review; Meta's webhook is usually faster.
  let reviewInterval: Int64
  let clock: WallClock
  let log: Log
  let metrics: Metrics

  private struct Begun: Sendable {
    let action: NameChangePlan.Action
    let change: NameChangeRow
    let sender: SenderRow
  }

  /// After a refusal that a person or time must settle, in milliseconds.
  private static let longPause: Int64 = 6 * 3_600_000

  /// Returns when there is nothing to do now. Throws when the store fails or the service stops.
  func run(_ id: SenderID) async throws {
    for _ in 0..<12 {
      guard let begun = try await begin(id) else { return }
      let outcome = try await steps.run(begun.action, begun.change, begun.sender)
      try await database.write { connection in
        try store(outcome, begun, connection)
        connection.afterCommit { notifier.announce() }
      }
    }
    log.fault("name.endless", ["sender": .string(id.text)])
  }

  private func begin(_ id: SenderID) async throws -> Begun? {
    try await database.write { connection in
      let now = clock.now
      guard var change = try connection.nameChange(id), !change.step.isOver, change.nextAt <= now,
        let sender = try connection.sender(id), sender.condition.status == .online
      else { return nil }
      let action = NameChangePlan.next(
        change.step, isStarted: change.isStarted, knowsRegistration: change.onboardedBefore != nil)
      if action == .register {
        // Ten registrations in 72 hours are all there are.
        if let free = try connection.takeRegisterCall(sender.phoneNumber, sender: id, now: now) {
          change.nextAt = free
          try connection.update(change)
          return nil
        }
      }
      if action.isEffect {
        change.isStarted = true
        try connection.update(change)
      }
      return Begun(action: action, change: change, sender: sender)
    }
  }

  private func store(_ outcome: NameSteps.Outcome, _ begun: Begun, _ connection: Connection) throws {
    let id = begun.sender.id
    let now = clock.now
    // Another name may have been asked for meanwhile.
    guard var change = try connection.nameChange(id), change.name == begun.change.name,
      change.requestedAt == begun.change.requestedAt, !change.step.isOver,
      var sender = try connection.sender(id)
    else { return }
    metrics.counter(
      "wss_registry_name_steps_total", "Calls to Meta for display names by what came of them.",
      labels: ["step": begun.action.rawValue, "outcome": outcome.name]
    ).increment()
    switch outcome {
    case .asked:
      change.enter(.review, at: now + reviewInterval)
      sender.nameStatus = "PENDING_REVIEW"
      try connection.update(sender, now: now)
    case .read(let name):
      try read(name, &change, sender, begun.action, connection, now: now)
    case .registered:
      change.enter(.reading, at: now)
    case .gone:
      change.nextAt = now + Self.longPause
    case .refused(let error):
      try refused(error, &change, sender, begun.action, connection, now: now)
    case .again(let why, let wish, let isUnknown):
      if begun.action.isEffect, !isUnknown { change.isStarted = false }
      change.tries += 1
      let pause = backoff.pause(after: change.tries) ?? reviewInterval
      change.nextAt = now + max(pause, min(wish ?? 0, backoff.longestMilliseconds))
      log.info(
        "name.again",
        ["sender": .string(id.text), "step": .string(begun.action.rawValue), "why": .string(why)])
    }
    try connection.update(change)
  }

  private func read(
    _ name: GraphNumberName, _ change: inout NameChangeRow, _ sender: SenderRow, _ action: NameChangePlan.Action,
    _ connection: Connection, now: Int64
  ) throws {
    let review = NameReview(name, asked: change.name)
    switch action {
    case .lookForRequest where review == .unknown:
      // It never arrived.
      change.enter(.asking, at: now)
    case .lookForRequest, .lookForDecision:
      if change.step == .asking { change.enter(.review, at: now + reviewInterval) }
      change.nextAt = now + reviewInterval
      change.tries = 0
      // A review that Meta knows nothing of any more is not waited for without end.
      let isForgotten = review == .unknown && now - change.requestedAt > 30 * 86_400_000
      try connection.settle(
        &change, sender, isForgotten ? .declined("Meta knows nothing of it any more.") : review, now: now)
    case .lookBeforeRegistration:
      change.onboardedBefore = name.lastOnboardedTime ?? ""
      change.nextAt = now
    case .lookForRegistration:
      let isNew = name.lastOnboardedTime != nil && name.lastOnboardedTime != change.onboardedBefore
      if isNew || review == .live && name.newDisplayName == nil {
        change.enter(.reading, at: now)
      } else {
        change.enter(.registering, at: now)
      }
    case .readName:
      try connection.nameIsLive(name.verifiedName ?? change.name, &change, sender, now: now)
      log.notice("sender.name_changed", ["sender": .string(sender.id.text)])
    case .ask, .register, .nothing:
      break
    }
  }

  private func refused(
    _ error: GraphError, _ change: inout NameChangeRow, _ sender: SenderRow, _ action: NameChangePlan.Action,
    _ connection: Connection, now: Int64
  ) throws {
    let words = String((error.userMessage ?? error.details ?? error.message).prefix(300))
    log.notice(
      "name.refused",
      ["sender": .string(sender.id.text), "step": .string(action.rawValue), "code": .int(error.code)])
    change.isStarted = false
    change.nextAt = now + Self.longPause
    if error.isTokenProblem { return }
    switch action {
    case .ask:
      try connection.settle(
        &change, sender, .declined("Meta did not take the request (\(error.code)): \(words)"), now: now)
    case .register where [133_005, 133_008, 133_009].contains(error.code):
      // Each further try would bring Meta's lock nearer.
      try connection.settle(
        &change, sender,
        .declined(
          "Meta approved it, but the number has a two-step verification PIN that is not ours (\(error.code)). Switch "
            + "two-step verification off in WhatsApp Manager, then change the name again."), now: now)
    case .register:
      // The approval stands: customers see the new name once the number could be registered.
      try connection.addEvent(
        "sender.name_waits", .warning, account: sender.accountID, sender: sender.id,
        "Meta approved the display name, but not the registration that makes it visible (\(error.code)): \(words)",
        before: sender.displayName, after: change.name, now: now)
      if error.code == 133_016 {
        try connection.registerLimitReached(sender.phoneNumber, sender: sender.id, now: now)
        change.nextAt = now + RegisterLimit.periodMilliseconds
      }
    default:
      break
    }
  }
}

extension NameSteps.Outcome {
  /// For metrics.
  var name: String {
    switch self {
    case .asked: "asked"
    case .read: "read"
    case .registered: "registered"
    case .gone: "gone"
    case .refused: "refused"
    case .again: "again"
    }
  }
}

extension NameChangeRow {
  /// Goes to the beginning of a step.
  mutating func enter(_ step: NameChangePlan.Step, at moment: Int64) {
    if self.step != step { tries = 0 }
    self.step = step
    isStarted = false
    nextAt = moment
  }
}
