import CarrierAPI
import Contracts
import Crypto
import Store
import Telemetry
import Wire

/// The next step of a verification whose code the machine hears. Each outside effect is journalled before it is made; a
/// step that finds its effect begun by an earlier life does not make it again.
struct SessionRun: Sendable {
  let exchange: CodeExchange
  let keyring: SealingKeyring
  let journal: VerificationJournal

  private var times: VerificationTimes { journal.times }

  func step(_ row: VerificationRow) async throws {
    switch row.state {
    case .requested: try await waitForTheNumber(row)
    case .armed: try await askForTheCall(row)
    case .codeRequested: try await waitForTheCall(row)
    case .callAnswered: try await waitForTheRecording(row)
    case .heard: try await handIn(row)
    case .needsListener: try await journal.record(.silent, row.id, reason: .noListener)
    // The recordings' worker is at it; the watcher settles what was submitted.
    case .recorded: try await postpone(row.id, by: times.watch)
    case .submitted, .verified, .failed, .expired, .cancelled: break
    }
  }

  /// The interceptor arms, or says that it cannot: an order that is not in its journal never will.
  private func waitForTheNumber(_ row: VerificationRow) async throws {
    try await journal.database.write { [journal, times] connection in
      let now = journal.clock.now
      if let order = try connection.interception(of: row.id), order.endedAt == nil {
        try connection.postpone(row.id, until: now + times.watch)
      } else {
        _ = try journal.giveUp(.failed, row.id, reason: .notArmed(nil), connection)
      }
    }
  }

  /// Marks the question before it is asked: found marked, it may have been asked, and is not asked again.
  private func askForTheCall(_ row: VerificationRow) async throws {
    enum Step: Sendable {
      case ask(MetaAccess)
      case asked
      case over
    }
    let step = try await journal.database.write { [journal, keyring] connection -> Step in
      guard var current = try connection.verification(row.id), current.state == .armed else { return .over }
      if current.isAsking { return .asked }
      if let deadline = current.deadlineAt, deadline <= journal.clock.now {
        _ = try journal.giveUp(.silent, row.id, reason: .interceptionOver, connection)
        return .over
      }
      guard let access = try connection.connectedSender(row.senderID)?.access(keyring) else {
        _ = try journal.giveUp(.failed, row.id, reason: .senderGone, connection)
        return .over
      }
      current.isAsking = true
      current.calls += 1
      current.dueAt = journal.clock.now + journal.times.watch
      try connection.update(current)
      return .ask(access)
    }
    switch step {
    case .ask(let access): _ = try await exchange.request(row.id, .voice, CodeLanguage.standard, access)
    case .asked: _ = try await exchange.asked(.codeMaybeSent, row.id, reason: .codeMaybeSent)
    case .over: break
    }
  }

  /// Nobody has called: Meta is asked again while time and its own waits allow, then it is over.
  private func waitForTheCall(_ row: VerificationRow) async throws {
    try await journal.database.write { [journal, times] connection in
      let now = journal.clock.now
      guard let current = try connection.verification(row.id), current.state == .codeRequested else { return }
      let deadline = current.deadlineAt ?? now
      if current.dueAt > now { return }
      let retryAt = max(now, current.retryAt ?? now)
      if current.calls < times.calls, deadline - retryAt >= times.leastForCall {
        if retryAt > now { return try connection.postpone(row.id, until: retryAt) }
        _ = try journal.apply(.nextCall, to: row.id, connection)
      } else if current.calls < times.calls, deadline > now {
        // Too late to ask again, not too late for the call that was asked for.
        try connection.postpone(row.id, until: deadline)
      } else {
        _ = try journal.giveUp(.silent, row.id, reason: .noCall(current.disruptedCalls), connection)
      }
    }
  }

  private func waitForTheRecording(_ row: VerificationRow) async throws {
    try await journal.database.write { [journal, times] connection in
      guard try connection.hasOpenCall(row.id) || connection.hasRecordingInWork(row.id) else {
        _ = try journal.apply(.nothingHeard, to: row.id, reason: .noRecording, connection)
        return
      }
      try connection.postpone(row.id, until: journal.clock.now + times.watch)
    }
  }

  /// The code of a recording is handed in once: the mark is stored with the step, before anything leaves.
  private func handIn(_ row: VerificationRow) async throws {
    let step = try await journal.database.write { [journal, keyring, times] connection -> (String, MetaAccess)? in
      guard let current = try connection.verification(row.id), current.state == .heard else { return nil }
      let now = journal.clock.now
      guard let access = try connection.connectedSender(row.senderID)?.access(keyring) else {
        _ = try journal.apply(.failed, to: row.id, reason: .senderGone, connection)
        return nil
      }
      guard let (recording, code) = try connection.heardCode(of: row.id, keyring),
        now < (try connection.heardAt(row.id) ?? now) + times.handingIn
      else {
        _ = try journal.apply(.unsure, to: row.id, reason: current.reason ?? .notHandedIn, connection)
        return nil
      }
      guard let submitted = try journal.apply(.submitted, to: row.id, connection) else { return nil }
      try connection.execute(
        "UPDATE recordings SET submitted_at = ? WHERE id = ?", submitted.updatedAt, recording.text)
      return (code, access)
    }
    guard let (code, access) = step else { return }
    _ = try await exchange.submit(code, row.id, access, unsent: .returned)
  }

  private func postpone(_ id: VerificationID, by pause: Int64) async throws {
    try await journal.database.write { [now = journal.clock.now] in try $0.postpone(id, until: now + pause) }
  }
}
