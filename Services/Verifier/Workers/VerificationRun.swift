import Contracts
import Crypto
import Store
import Telemetry

/// What is due for one verification.
struct VerificationRun: Sendable {
  let exchange: CodeExchange
  let session: SessionRun
  let keyring: SealingKeyring
  let journal: VerificationJournal

  func settle(_ id: VerificationID) async throws {
    guard let row = try await journal.database.read({ try $0.verification(id) }), row.dueAt <= journal.clock.now else {
      return
    }
    switch (row.state, row.answeredBy) {
    case (.submitted, _): try await reconcile(row)
    case (.requested, .person): try await journal.record(.codeMaybeSent, row.id, reason: .codeMaybeSent)
    case (.codeRequested, .person): try await journal.record(.silent, row.id, reason: .silence(row.method))
    case (_, .machine): try await session.step(row)
    default: break
    }
  }

  private func reconcile(_ row: VerificationRow) async throws {
    let sender = try await journal.database.read { try $0.connectedSender(row.senderID) }
    guard let access = try sender?.access(keyring) else {
      try await journal.record(.failed, row.id, reason: .senderGone)
      return
    }
    let isVerified = await exchange.isVerified(row.id, access)
    // A stop cut the question short: that is no answer.
    try Task.checkCancellation()
    if isVerified == true {
      try await journal.record(.verified, row.id)
    } else if row.reads + 1 >= journal.times.reads {
      try await journal.record(.unsettled, row.id, reason: .outcomeUnknown)
    } else {
      let due = journal.clock.now + (journal.times.firstRead << Int64(row.reads + 1))
      try await journal.database.write { connection in
        try connection.execute(
          "UPDATE verifications SET reads = reads + 1, due_at = ? WHERE id = ? AND state = 'submitted'", due,
          row.id.text)
      }
    }
  }
}
