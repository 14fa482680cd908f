import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry
import Workers

/// Asks Meta for one number's state and stores what it says, or what its silence means.
struct NumberReader: Sendable {
  /// What came of a reading.
  enum Outcome: String, CaseIterable {
    case read
    /// The sender was changed meanwhile: what was read is thrown away and read again.
    case overtaken
    case unreachable
    case throttled
    case tokenRefused = "token_refused"
    case refused
    /// There is nothing to read: not connected, deleted, being connected.
    case unreadable
  }

  let database: Database
  let graph: GraphClient
  let keyring: SealingKeyring
  let notifier: ChangeNotifier
  let rules: ReadRules
  let clock: WallClock
  let log: Log
  let metrics: Metrics

  /// Meta is left in peace for this long when it does not say how long, in milliseconds.
  private static let backOff: Int64 = 300_000
  /// A reading that was overtaken is repeated after this long.
  private static let again: Int64 = 1_000
  /// From this share of an account's calls on, in percent, its numbers are read no more for an interval.
  private static let fullAt = 90

  /// Reads one number. Throws when the store fails or the service stops.
  @discardableResult
  func read(_ id: SenderID) async throws -> Outcome {
    let started = clock.now
    let found = try await database.read { try $0.sender(id) }
    guard let sender = found, sender.canBeRead, let token = token(of: sender), let numberID = sender.phoneNumberID
    else {
      try await database.write { connection in
        guard let sender = try connection.sender(id), sender.canBeRead else {
          return try connection.execute("DELETE FROM sender_polls WHERE sender_id = ?", id.text)
        }
        // A token that does not open is the operator's to mend.
        try connection.schedulePoll(id, at: started + rules.interval, after: started)
      }
      return count(.unreadable)
    }
    let answer: Result<(number: GraphPhoneNumber, usage: GraphUsage?), GraphFailure>
    do throws(GraphFailure) {
      answer = .success(try await graph.readPhoneNumber(id: numberID, token: token))
    } catch {
      answer = .failure(error)
    }
    switch answer {
    case .success(let (number, usage)):
      return count(try await store(MetaReading(number), usage, of: sender, started))
    case .failure(let error):
      // A stopping service cancels what runs: that says nothing about the number.
      try Task.checkCancellation()
      return count(try await store(ReadFailure(error), of: sender, started, error))
    }
  }

  private func store(
    _ reading: MetaReading, _ usage: GraphUsage?, of sender: SenderRow, _ started: Int64
  ) async throws -> Outcome {
    try await database.write { connection in
      let now = clock.now
      guard try isCurrent(sender, connection, started) else { return .overtaken }
      let after = try connection.take(reading, of: sender.id, source: .poll, now: now)
      if let pause = after.readPlan.pause(interval: rules.interval, jitter: Double.random(in: 0...1)) {
        try connection.schedulePoll(sender.id, at: now + pause, after: started)
      }
      if let usage, usage.percent >= Self.fullAt || usage.regainMilliseconds > 0, let wabaID = sender.wabaID {
        try backOff(wabaID, max(usage.regainMilliseconds, rules.interval), connection, now: now)
      }
      if after.version != sender.version { connection.afterCommit { notifier.announce() } }
      return .read
    }
  }

  private func store(
    _ failure: ReadFailure, of sender: SenderRow, _ started: Int64, _ error: GraphFailure
  ) async throws -> Outcome {
    let id = sender.id
    let (result, verdict) = try await database.write { connection -> (Outcome, ReadFailures.Verdict?) in
      let now = clock.now
      guard try isCurrent(sender, connection, started) else { return (.overtaken, nil) }
      var failures = try connection.readFailures(id)
      let verdict = failures.add(failure, rules, now: now)
      try connection.setReadFailures(failures, of: id)
      var pause = failures.pause(after: failure, rules, jitter: Double.random(in: 0...1))
      // One that was just switched on waits offline for this: a lost answer is not worth a whole interval.
      if case .unreachable = failure, sender.condition.has(SenderReason.stateUnread.code) {
        pause = min(pause, 1_000 << Int64(min(failures.unreachable.count, 8)))
      }
      try connection.schedulePoll(id, at: now + pause, after: started)
      switch verdict {
      case .wait:
        // One that must reconnect was read because something hinted at it: once is enough.
        try connection.plan(sender, now: now)
      case .warn(let since, let words):
        let reason = SenderReason.metaUnreachable(since: Timestamp(milliseconds: since), words)
        // The words may differ from time to time; the first ones stay.
        if !sender.warnings.contains(where: { $0.code == reason.code }) {
          try connection.addNotice(.reading, reason, until: nil, of: id, now: now)
          try connection.refreshWarnings(of: id, now: now)
        }
      case .change(let event):
        try connection.apply(event, to: id, now: now)
      case .backOff(let wait):
        guard let wabaID = sender.wabaID else { break }
        try backOff(wabaID, wait ?? Self.backOff, connection, now: now)
      }
      connection.afterCommit { notifier.announce() }
      return (Self.result(of: failure), verdict)
    }
    log.info(
      "number.not_read",
      [
        "sender": .string(id.text), "result": .string(result.rawValue), "why": .string(error.message),
        "is_believed": .bool(verdict.map { if case .change = $0 { true } else { false } } ?? false),
      ])
    return result
  }

  /// Compare and set: what was read of a sender that has changed since is worth nothing.
  private func isCurrent(_ sender: SenderRow, _ connection: Connection, _ started: Int64) throws -> Bool {
    guard let current = try connection.sender(sender.id) else { return false }
    if current.version == sender.version { return true }
    let pause = Int64.random(in: Self.again...(2 * Self.again))
    try connection.schedulePoll(sender.id, at: clock.now + pause, after: started)
    return false
  }

  private func backOff(_ wabaID: String, _ wait: Int64, _ connection: Connection, now: Int64) throws {
    let wait = min(max(wait, 1_000), 86_400_000)
    try connection.pausePolls(wabaID: wabaID, until: now + wait, spread: rules.interval)
    metrics.counter("wss_registry_poll_backoffs_total", "Times that Meta wanted to be left in peace.").increment()
    log.notice("numbers.backed_off", ["waba": .string(wabaID), "milliseconds": .int(Int(wait))])
  }

  private static func result(of failure: ReadFailure) -> Outcome {
    switch failure {
    case .unreachable: .unreachable
    case .throttled: .throttled
    case .token: .tokenRefused
    case .refused: .refused
    }
  }

  private func token(of sender: SenderRow) -> Secret? {
    guard let sealed = sender.accessToken else { return nil }
    do throws(CryptoFailure) {
      return try keyring.open(sealed, binding: SenderRow.tokenBinding(sender.id))
    } catch {
      log.error("token.not_opened", ["sender": .string(sender.id.text), "error": .failure(error)])
      return nil
    }
  }

  private func count(_ result: Outcome) -> Outcome {
    metrics.counter(
      "wss_registry_polls_total", "Readings of numbers by what came of them.", labels: ["result": result.rawValue]
    ).increment()
    return result
  }
}
