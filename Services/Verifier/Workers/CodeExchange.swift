import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry
import Workers

/// Asking Meta for a code and handing one in, and what its answers mean for a verification. Who calls it has journalled
/// the wish.
struct CodeExchange: Sendable {
  let graph: GraphClient
  let journal: VerificationJournal

  private var times: VerificationTimes { journal.times }

  /// Asks once. A lost answer is not asked again: the code may be on its way.
  func request(
    _ id: VerificationID, _ method: Verification.Method, _ language: String, _ access: MetaAccess
  ) async throws -> VerificationRow {
    do throws(GraphFailure) {
      try await graph.requestCode(
        phoneNumberID: access.phoneNumberID, method: method.rawValue.uppercased(), language: language,
        token: access.token)
    } catch {
      return try await notSent(id, error, access)
    }
    return try await asked(.codeSent, id)
  }

  /// Hands in a code, once. The code lives in this function and nowhere else.
  ///
  /// `unsent` is what happens when it provably never left.
  func submit(
    _ digits: String, _ id: VerificationID, _ access: MetaAccess, unsent: VerificationEvent = .refused
  ) async throws -> VerificationRow {
    do throws(GraphFailure) {
      try await graph.verifyCode(phoneNumberID: access.phoneNumberID, code: digits, token: access.token)
    } catch {
      return try await notTaken(id, error, access, unsent)
    }
    return try await journal.record(.verified, id)
  }

  // MARK: After Meta's answer

  /// The request is over: Meta's call may already have been answered, then only the marks are stored.
  func asked(_ event: VerificationEvent, _ id: VerificationID, reason: SenderReason? = nil) async throws
    -> VerificationRow
  {
    try await journal.database.write { [journal, times] connection in
      if let row = try journal.apply(event, to: id, reason: reason, connection, { $0.isAsking = false }) { return row }
      try connection.execute(
        "UPDATE verifications SET is_asking = 0, retry_at = ? WHERE id = ? AND is_open = 1",
        journal.clock.now + times.retry,
        id.text)
      guard let row = try connection.verification(id) else {
        throw StoreFailure(.corrupt, "the verification \(id) is gone")
      }
      return row
    }
  }

  /// Meta did not say that the code was sent.
  private func notSent(
    _ id: VerificationID, _ failure: GraphFailure, _ access: MetaAccess
  ) async throws -> VerificationRow {
    switch failure {
    case .notSent:
      return try await notAsked(id)
    case .unknown:
      return try await asked(.codeMaybeSent, id, reason: .codeMaybeSent)
    case .answered(let error):
      // 136024 is Meta's word for "already verified" too.
      if error.code == 136_024, await isVerified(id, access) == true { return try await journal.record(.verified, id) }
      let reason = VerificationFailure.ofRequest(error)
      let until = VerificationFailure.wait(error, reason, times).map { journal.clock.now + $0 }
      return try await journal.giveUp(.failed, id, reason: reason) { row in
        row.retryAt = until
        row.isAsking = false
      }
    }
  }

  /// The request provably never left. A person sees it at once; the machine, whose number is switched already, tries
  /// again for a moment.
  private func notAsked(_ id: VerificationID) async throws -> VerificationRow {
    try await journal.database.write { [journal, times] connection in
      guard var row = try connection.verification(id) else {
        throw StoreFailure(.corrupt, "the verification \(id) is gone")
      }
      let now = journal.clock.now
      guard row.state == .armed, now - row.updatedAt < times.asking else {
        return try journal.giveUp(.failed, id, reason: .metaUnreachable, connection) { $0.isAsking = false } ?? row
      }
      row.isAsking = false
      row.calls -= 1
      row.reason = .metaUnreachable
      row.dueAt = now + times.again
      try connection.update(row)
      connection.afterCommit { journal.notifier.announce() }
      return row
    }
  }

  /// Meta did not say that the code was right.
  private func notTaken(
    _ id: VerificationID, _ failure: GraphFailure, _ access: MetaAccess, _ unsent: VerificationEvent
  ) async throws -> VerificationRow {
    switch failure {
    case .notSent:
      return try await journal.record(unsent, id, reason: .metaUnreachable)
    case .unknown:
      if await isVerified(id, access) == true { return try await journal.record(.verified, id) }
      // Stays submitted; the watcher reads again until it knows.
      return try await journal.database.write {
        [times, now = journal.clock.now, notifier = journal.notifier] connection in
        try connection.execute(
          "UPDATE verifications SET due_at = ? WHERE id = ? AND state = 'submitted'", now + times.firstRead, id.text)
        connection.afterCommit { notifier.announce() }
        guard let row = try connection.verification(id) else {
          throw StoreFailure(.corrupt, "the verification \(id) is gone")
        }
        return row
      }
    case .answered(let error):
      if [136_024, 136_025].contains(error.code), await isVerified(id, access) == true {
        return try await journal.record(.verified, id)
      }
      let reason = VerificationFailure.ofCode(error)
      if VerificationFailure.isFinal(reason) { return try await journal.record(.failed, id, reason: reason) }
      return try await refused(id, reason, error)
    }
  }

  /// Another code may be tried, unless too many were wrong.
  private func refused(_ id: VerificationID, _ reason: SenderReason, _ error: GraphError) async throws
    -> VerificationRow
  {
    let (stated, wait) = (MetaTries.of(error), MetaWait.stated(error))
    let now = journal.clock.now
    let row = try await journal.record(.refused, id, reason: reason) { row in
      if reason.code == SenderReason.codeWrong.code { row.refusals += 1 }
      row.triesLeft = stated ?? row.triesLeft.map { max(0, $0 - 1) }
      if let wait { row.retryAt = max(row.retryAt ?? 0, now + wait) }
    }
    guard row.refusals >= times.refusals || row.triesLeft == 0 else { return row }
    return try await journal.record(.failed, id, reason: .codesUsedUp) { $0.retryAt = wait.map { now + $0 } }
  }

  /// Whether the number is verified by this verification or since; nil when Meta does not tell.
  func isVerified(_ id: VerificationID, _ access: MetaAccess) async -> Bool? {
    do {
      let found = try await graph.codeVerification(
        id: access.phoneNumberID, isPoolEntry: access.isPoolEntry, token: access.token)
      // An entry of the pool is verified anew while the old proof still counts. One without a time has one proof.
      guard found.isVerified, access.isPoolEntry, let proven = MetaMoment.parse(found.time) else {
        return found.isVerified
      }
      let begun = try await journal.database.read { try $0.verification(id)?.createdAt }
      return begun.map { proven >= $0 - Self.clockDifference }
    } catch {
      return nil
    }
  }

  /// How far Meta's clock may be behind ours.
  private static let clockDifference: Int64 = 120_000
}
