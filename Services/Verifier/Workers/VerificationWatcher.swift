import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry
import Transport
import Workers

/// Ends what would stay open otherwise: lost answers are settled by reading the number's state, silence expires.
final class VerificationWatcher: Sendable {
  /// Verifications looked at in one turn.
  private static let batch = 16

  private let database: Database
  private let graph: GraphClient
  private let keyring: SealingKeyring
  private let journal: VerificationJournal
  private let inFlight: InFlight
  private let work: WorkLoop

  init(
    database: Database, graph: GraphClient, keyring: SealingKeyring, journal: VerificationJournal, inFlight: InFlight,
    loop: EventLoop, box: TurnBox, work: WorkLoop
  ) {
    self.database = database
    self.graph = graph
    self.keyring = keyring
    self.journal = journal
    self.inFlight = inFlight
    self.work = work
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  /// What the last life left between a call and its answer is due at once.
  func start() async throws {
    let now = journal.clock.now
    try await database.write { connection in
      try connection.execute(
        "UPDATE verifications SET due_at = ? WHERE is_open = 1 AND state IN ('requested', 'submitted')", now)
    }
    work.start()
  }

  func wake() { work.wake() }
  func stop() async { await work.stop(cancelling: true) }

  private func turn() async throws -> WorkLoop.Next {
    let now = journal.clock.now
    let due = try await database.read { try $0.dueVerifications(now: now, limit: Self.batch) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for row in due { group.addTask { try await self.settle(row) } }
      try await group.waitForAll()
    }
    guard let next = try await database.read({ try $0.nextVerificationDue() }) else { return .idle }
    // One that a handler holds stays due; it must not make this loop spin.
    return .at(max(next, now + 250))
  }

  private func settle(_ row: VerificationRow) async throws {
    if inFlight.contains(row.id) { return }
    switch row.state {
    case .requested: try await journal.record(.codeMaybeSent, row.id, reason: .codeMaybeSent)
    case .codeRequested: try await journal.record(.silent, row.id, reason: row.reason ?? .silence)
    case .submitted: try await reconcile(row)
    default: break
    }
  }

  private func reconcile(_ row: VerificationRow) async throws {
    let sender = try await database.read { try $0.connectedSender(row.senderID) }
    guard let access = try sender?.access(keyring) else {
      try await journal.record(.failed, row.id, reason: .senderGone)
      return
    }
    var isVerified = false
    do throws(GraphFailure) {
      isVerified = try await graph.isVerified(id: access.phoneNumberID, token: access.token)
    } catch {
      try Task.checkCancellation()
      journal.log.info(
        "verification.unread", ["verification": .string(row.id.text), "error": .string(error.message)])
    }
    if isVerified {
      try await journal.record(.verified, row.id)
    } else if row.reads + 1 >= journal.times.reads {
      try await journal.record(.unsettled, row.id, reason: .outcomeUnknown)
    } else {
      let due = journal.clock.now + (journal.times.firstRead << Int64(row.reads + 1))
      try await database.write { connection in
        try connection.execute(
          "UPDATE verifications SET reads = reads + 1, due_at = ? WHERE id = ? AND state = 'submitted'", due,
          row.id.text)
      }
    }
  }
}
