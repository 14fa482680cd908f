import Contracts
import Crypto
import Store
import Telemetry
import Workers

/// Drives one sender's onboarding from step to step until it ends, waits, or must pause.
///
/// Every step is journalled as started, and committed, before its call, and with its outcome after it. So a start
/// after a crash knows which step may have reached Meta.
struct OnboardingRun: Sendable {
  let database: Database
  let steps: OnboardingSteps
  let keyring: SealingKeyring
  let notifier: ChangeNotifier
  let backoff: Backoff
  let clock: WallClock
  let log: Log
  let metrics: Metrics

  private struct Begun: Sendable {
    let step: OnboardingStep.Name
    let facts: OnboardingSteps.Facts
  }

  /// Returns when there is nothing to do now. Throws when the store fails or the service stops.
  func run(_ id: SenderID) async throws {
    // One turn a step and one per skipped step; more would be a mistake of the plan.
    for _ in 0..<(3 * OnboardingStep.Name.allCases.count) {
      guard let begun = try await begin(id) else { return }
      let outcome = try await steps.run(begun.step, begun.facts)
      guard try await record(outcome, begun) else { return }
    }
    log.fault("onboarding.endless", ["sender": .string(id.text)])
  }

  /// Decides the next step and commits that it starts. Nil when there is nothing to run.
  private func begin(_ id: SenderID) async throws -> Begun? {
    try await database.write { connection in
      let now = clock.now
      guard let onboarding = try connection.onboarding(id), onboarding.state == .running,
        var sender = try connection.sender(id)
      else { return nil }
      switch try next(connection, onboarding, now: now) {
      case .run(let step):
        if step == .register, sender.pin == nil {
          // Stored before Meta learns it: a PIN that only Meta knows locks the number.
          sender.pin = keyring.seal(Self.makePIN(), binding: SenderRow.pinBinding(id))
          try connection.execute("UPDATE senders SET pin = ? WHERE id = ?", sender.pin, id.text)
        }
        try connection.startStep(step, of: id, attempt: onboarding.attempt, now: now)
        return Begun(step: step, facts: OnboardingSteps.Facts(onboarding: onboarding, sender: sender))
      case .fail(let step, let reason):
        try fail(step, reason, onboarding, sender, connection, now: now)
      case .skip, .finished:
        try connection.endOnboarding(id, attempt: onboarding.attempt)
      }
      return nil
    }
  }

  /// What the plan says, after journalling the steps it skips.
  private func next(_ connection: Connection, _ onboarding: OnboardingRow, now: Int64) throws -> OnboardingPlan.Action {
    for _ in OnboardingStep.Name.allCases {
      let action = OnboardingPlan.next(
        try connection.stepStates(onboarding.senderID, attempt: onboarding.attempt),
        hasToken: onboarding.accessToken != nil, isNumberGiven: onboarding.isNumberGiven)
      guard case .skip(let step, let why) = action else { return action }
      try connection.setStep(step, of: onboarding.senderID, attempt: onboarding.attempt, .skipped, why, now: now)
    }
    return .finished
  }

  /// Commits what came of a step. True when the next one may follow at once.
  private func record(_ outcome: OnboardingOutcome, _ begun: Begun) async throws -> Bool {
    do {
      return try await database.write { connection in
        connection.afterCommit { notifier.announce() }
        return try store(outcome, begun, connection)
      }
    } catch is NumberTaken {
      try await database.write { connection in
        connection.afterCommit { notifier.announce() }
        _ = try store(.failed(.numberTaken), begun, connection)
      }
      return false
    }
  }

  private func store(_ outcome: OnboardingOutcome, _ begun: Begun, _ connection: Connection) throws -> Bool {
    let (id, now) = (begun.facts.sender.id, clock.now)
    // A newer attempt may have taken this one's place; what the call did is then that attempt's to find out.
    guard let onboarding = try connection.onboarding(id), onboarding.attempt == begun.facts.onboarding.attempt,
      onboarding.state == .running
    else { return false }
    let attempt = onboarding.attempt
    func set(_ state: OnboardingStep.State, _ result: String) throws {
      try connection.setStep(begun.step, of: id, attempt: attempt, state, result, now: now)
      count(begun.step, state)
      log.info(
        "onboarding.step",
        [
          "sender": .string(id.text), "step": .string(begun.step.rawValue), "state": .string(state.rawValue),
          "result": .string(result),
        ])
    }
    switch outcome {
    case .done(let result, let also):
      try also(connection)
      try set(.done, result)
      try connection.scheduleOnboarding(id, attempt: attempt, state: .running, dueAt: now, tries: 0)
      return true
    case .skipped(let why):
      try set(.skipped, why)
      try connection.scheduleOnboarding(id, attempt: attempt, state: .running, dueAt: now, tries: 0)
      return true
    case .waiting(let reason):
      if onboarding.isVerified {
        // The verifier's word came while Meta was being asked.
        try set(.done, "verified by a code")
        return true
      }
      try set(.waiting, reason.message)
      try connection.scheduleOnboarding(id, attempt: attempt, state: .waiting, dueAt: now, tries: 0)
      try connection.apply(.codeNeeded(reason), to: id, now: now)
      return false
    case .failed(let reason):
      try fail(begun.step, reason, onboarding, begun.facts.sender, connection, now: now)
      return false
    case .again(let why, let wish):
      guard let pause = backoff.pause(after: onboarding.tries + 1) else {
        try fail(begun.step, .unreachable, onboarding, begun.facts.sender, connection, now: now)
        return false
      }
      // Not `started`: Meta provably did nothing, or the step looks at Meta's state before it acts.
      try set(.waiting, "trying again: \(why)")
      let wait = max(pause, min(wish ?? 0, backoff.longestMilliseconds))
      try connection.scheduleOnboarding(
        id, attempt: attempt, state: .running, dueAt: now + wait, tries: onboarding.tries + 1)
      return false
    }
  }

  private func fail(
    _ step: OnboardingStep.Name, _ reason: SenderReason, _ onboarding: OnboardingRow, _ sender: SenderRow,
    _ connection: Connection, now: Int64
  ) throws {
    try connection.setStep(
      step, of: sender.id, attempt: onboarding.attempt, .failed, "\(reason.code): \(reason.message)", now: now)
    try connection.endOnboarding(sender.id, attempt: onboarding.attempt)
    if let prior = onboarding.fallback, Self.leavesNumberAlone.contains(step) {
      // The sender is as it was: it has credentials, and what was done at Meta does not change what it can.
      try connection.apply(.reconnectFailed, to: sender.id, now: now) { row in
        // Switched off meanwhile: it stays off.
        guard row.isEnabled else { return }
        row.condition = prior
        if prior.status != .online {
          row.condition.reasons = prior.reasons.filter { $0.code != reason.code } + [reason]
        }
      }
    } else {
      try connection.apply(.onboardingFailed(reason), to: sender.id, now: now)
    }
    connection.afterCommit { notifier.announce() }
    count(step, .failed)
    log.notice(
      "onboarding.failed",
      ["sender": .string(sender.id.text), "step": .string(step.rawValue), "reason": .string(reason.code)])
  }

  /// Steps that change nothing of the number at Meta.
  private static let leavesNumberAlone: Set<OnboardingStep.Name> = [
    .exchangeCode, .checkToken, .addNumber, .matchNumber, .subscribeApp, .overrideWebhook, .verifyNumber, .shareCredit,
  ]

  private func count(_ step: OnboardingStep.Name, _ state: OnboardingStep.State) {
    metrics.counter(
      "wss_registry_onboarding_steps_total", "Onboarding steps by how they went.",
      labels: ["step": step.rawValue, "state": state.rawValue]
    ).increment()
  }

  /// Six digits, each as likely as the others.
  private static func makePIN() -> Secret {
    var random = SystemRandomNumberGenerator()
    return Secret((0..<6).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined())
  }
}
