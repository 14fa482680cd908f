import Contracts
import Store
import Telemetry
import Workers

/// What the journal of voice routes tells the sessions.
struct SessionHooks: Sendable {
  let journal: VerificationJournal

  var hooks: InterceptionHooks {
    InterceptionHooks(
      onArmed: { [journal] connection, id, note in
        _ = try journal.apply(.armed, to: id, connection) { row in
          row.armedAt = journal.clock.now
          if let note { row.note = [row.note, note].compactMap { $0 }.joined(separator: " ") }
        }
      },
      onArmFailed: { [journal] connection, id, reason in
        // A call that was answered in time is heard, whatever has become of the route.
        if let row = try connection.verification(id), row.state == .callAnswered || row.state == .recorded { return }
        _ = try journal.giveUp(.failed, id, reason: reason, connection)
      },
      alert: { [journal] connection, alert in
        try RegistryOutbox.announce(
          alert.kind, alert.severity, alert.message, sender: alert.senderID, account: alert.accountID,
          connection, now: journal.clock.now)
        connection.afterCommit { journal.notifier.announce() }
      })
  }
}
