import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// What people do with a verification besides handing in its code: end it, have Meta call again.
struct SessionHandlers: Sendable {
  let journal: VerificationJournal
  let keyring: SealingKeyring
  let listening: Listening
  let platform: PlatformChecks

  func cancel(_ call: VerifierAPI.CancelVerification, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    return try await once(call, context) { [journal] connection in
      let row = try connection.verification(asked: call.id, account: account)
      if row.state == .cancelled { return try connection.view(row) }
      if row.state == .submitted { throw CallFailure.codeInCheck }
      guard let ended = try journal.apply(.cancelled, to: row.id, reason: .cancelled, connection) else {
        throw CallFailure.verificationOver(row)
      }
      return try connection.view(ended)
    }
  }

  func callAgain(_ call: VerifierAPI.CallAgain, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    let asked = try await journal.database.read { try $0.verification(call.id, account: account) }
    // What is refused anyway, or answered from memory, needs no look at the carrier.
    if let asked, asked.state == .needsListener, let phoneNumber = asked.phoneNumber {
      try await platform.refuseBusy(phoneNumber)
    }
    return try await once(call, context) { [journal, listening] connection in
      let now = journal.clock.now
      let row = try connection.verification(asked: call.id, account: account)
      guard call.acknowledgeInterception == true else { throw PlatformChecks.notAcknowledged }
      guard row.state.isOpen else { throw CallFailure.verificationOver(row) }
      guard row.state == .needsListener else {
        throw CallFailure.failedPrecondition(
          "NO_CALL_NEEDED", "Meta is asked for another call once a recording waits for somebody who listens.")
      }
      guard row.calls < journal.times.calls else {
        throw CallFailure.failedPrecondition(
          "CALLS_USED_UP", "Meta was asked for \(row.calls) calls: hand in the code, or start a new verification later."
        )
      }
      guard listening.interception - row.interceptedMilliseconds >= journal.times.leastForCall else {
        throw CallFailure.failedPrecondition(
          "INTERCEPTION_USED_UP",
          "Too little is left of the five minutes for which calls may be intercepted: hand in the code, or start a new "
            + "verification in 5 to 10 minutes.")
      }
      if let retryAt = row.retryAt, retryAt > now { throw CallFailure.codeTooEarly(until: retryAt, now: now) }
      guard let again = try journal.apply(.callAgain, to: row.id, connection) else {
        throw CallFailure.verificationOver(row)
      }
      try listening.order(again, connection, now: now)
      return try connection.view(again)
    }
  }

  private func once<C: Call>(
    _ call: C, _ context: CallContext, _ work: @escaping @Sendable (Connection) throws -> C.Reply
  ) async throws -> C.Reply {
    try await journal.database.write { [keyring, now = journal.clock.now] connection in
      try connection.once(call, context, keyring, now: now) { try work(connection) }
    }
  }
}
