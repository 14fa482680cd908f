import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Telemetry
import Wire

/// Asking Meta for a code, handing one in, looking at a verification.
struct VerificationHandlers: Sendable {
  let database: Database
  let graph: GraphClient
  let keyring: SealingKeyring
  let journal: VerificationJournal
  let inFlight: InFlight
  let platform: PlatformChecks

  private var times: VerificationTimes { journal.times }

  /// Journals the wish, then asks Meta. A lost answer is not asked again: the code may be on its way.
  func start(_ call: VerifierAPI.StartVerification, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    let language = call.language ?? CodeLanguage.standard
    guard CodeLanguage.isValid(language) else {
      throw CallFailure.invalidArgument(
        "LANGUAGE_INVALID", "language: a code such as en_US or de", field: "language")
    }
    let sender = try await sender(call.senderID, account: account)
    let access = try access(to: sender)
    let note = try await platform.check(sender, isAcknowledged: call.acknowledgeInterception == true)
    let now = journal.clock.now
    let id = VerificationID(trusted: "ver_" + ULID.make(milliseconds: now))
    let new = VerificationRow(
      id: id, accountID: account, senderID: call.senderID, method: call.method, language: language,
      idempotencyKey: context.key, note: note, dueAt: now + times.watch, now: now)
    inFlight.insert(id)
    defer { inFlight.remove(id) }
    let row = try await database.write { connection in
      if sender.origin == .platform, try connection.isNumberInVerification(sender.phoneNumber, besides: sender.id) {
        throw CallFailure.failedPrecondition(
          "VERIFICATION_RUNNING", "Another verification of this number is open: wait until it has ended.")
      }
      return try begin(new, connection, now: now)
    }
    // A repeat of an earlier request.
    guard row.id == id else { return row.verification }
    do throws(GraphFailure) {
      try await graph.requestCode(
        phoneNumberID: access.phoneNumberID, method: call.method.rawValue.uppercased(), language: language,
        token: access.token)
    } catch {
      return try await notSent(id, error, access).verification
    }
    return try await journal.record(.codeSent, id).verification
  }

  /// Hands the code to Meta. The code lives in this function and nowhere else.
  func submit(_ call: VerifierAPI.SubmitCode, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    guard let code = TypedCode(call.code) else {
      throw CallFailure.invalidArgument(
        "CODE_INVALID", "code: six digits, hyphens and spaces do not count", field: "code")
    }
    guard let known = try await database.read({ try $0.verification(call.id, account: account) }) else {
      throw Self.notFound(call.id)
    }
    if known.state == .verified { return known.verification }
    let access = try await access(to: known.senderID, account: account)
    inFlight.insert(call.id)
    defer { inFlight.remove(call.id) }
    let begun = try await database.write { [times, now = journal.clock.now] connection in
      try connection.apply(.submitted, to: call.id, times, now: now)
    }
    guard begun != nil else { return try await refusal(call.id, account) }
    do throws(GraphFailure) {
      try await graph.verifyCode(phoneNumberID: access.phoneNumberID, code: code.digits, token: access.token)
    } catch {
      return try await notTaken(call.id, error, access).verification
    }
    return try await journal.record(.verified, call.id).verification
  }

  func get(_ call: VerifierAPI.GetVerification, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    guard let row = try await database.read({ try $0.verification(call.id, account: account) }) else {
      throw Self.notFound(call.id)
    }
    return row.verification
  }

  // MARK: Beginning

  /// The new row, or the one an earlier request with the same key made.
  private func begin(_ new: VerificationRow, _ connection: Connection, now: Int64) throws -> VerificationRow {
    if let key = new.idempotencyKey, let known = try connection.verification(key: key, account: new.accountID) {
      guard known.senderID == new.senderID, known.method == new.method, known.language == new.language else {
        throw CallFailure.alreadyExists(
          "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body: use a new key for a new request.")
      }
      return known
    }
    if let open = try connection.openVerification(of: new.senderID) {
      guard open.state == .codeRequested, let retryAt = open.retryAt, retryAt <= now else {
        throw Self.openAlready(open)
      }
      _ = try connection.apply(.silent, to: open.id, times, now: now) { $0.reason = .superseded }
    }
    if let until = try connection.codeWait(of: new.senderID, new.method, now: now) {
      throw CallFailure(
        .resourceExhausted, "CODE_REQUEST_TOO_EARLY",
        "Meta sends no code this way before \(Timestamp(milliseconds: until)): wait, or choose the other method.",
        details: ["retry_at": .string(Timestamp(milliseconds: until).description)],
        retry: .afterMilliseconds(Int(until - now)))
    }
    try connection.insert(new)
    return new
  }

  private static func openAlready(_ open: VerificationRow) -> CallFailure {
    var details: JSONObject = ["verification_id": .string(open.id.text)]
    details["retry_at"] = open.retryAt.map { .string(Timestamp(milliseconds: $0).description) }
    return .failedPrecondition(
      "VERIFICATION_OPEN", "The verification \(open.id) is still open: hand in its code, or wait until its retry_at.",
      details: .object(details))
  }

  private func access(
    to sender: SenderID, account: String
  ) async throws -> (phoneNumberID: String, token: Secret) {
    try access(to: try await self.sender(sender, account: account))
  }

  private func sender(_ id: SenderID, account: String) async throws -> ConnectedSender {
    guard let found = try await database.read({ try $0.connectedSender(id, account: account) }) else {
      throw CallFailure.notFound("SENDER_NOT_FOUND", "There is no sender \(id).")
    }
    return found
  }

  private func access(to sender: ConnectedSender) throws -> (phoneNumberID: String, token: Secret) {
    guard let access = try sender.access(keyring) else {
      throw CallFailure.failedPrecondition(
        "SENDER_NOT_CONNECTED", "Meta does not know the sender's number yet: connect the sender first.")
    }
    return access
  }

  // MARK: After Meta's answer

  /// Meta did not say that the code was sent.
  private func notSent(
    _ id: VerificationID, _ failure: GraphFailure, _ access: (phoneNumberID: String, token: Secret)
  ) async throws -> VerificationRow {
    switch failure {
    case .notSent:
      return try await journal.record(.failed, id, reason: .metaUnreachable)
    case .unknown:
      return try await journal.record(.codeMaybeSent, id, reason: .codeMaybeSent)
    case .answered(let error):
      // 136024 is Meta's word for "already verified" too.
      if error.code == 136_024, await isVerified(access) { return try await journal.record(.verified, id) }
      let reason = VerificationFailure.ofRequest(error)
      let until = VerificationFailure.wait(error, reason, times).map { journal.clock.now + $0 }
      return try await journal.record(.failed, id, reason: reason) { $0.retryAt = until }
    }
  }

  /// Meta did not say that the code was right.
  private func notTaken(
    _ id: VerificationID, _ failure: GraphFailure, _ access: (phoneNumberID: String, token: Secret)
  ) async throws -> VerificationRow {
    switch failure {
    case .notSent:
      return try await journal.record(.refused, id, reason: .metaUnreachable)
    case .unknown:
      if await isVerified(access) { return try await journal.record(.verified, id) }
      // Stays submitted; the watcher reads again until it knows.
      return try await database.write { [times, now = journal.clock.now, wake = journal.wakeWatcher] connection in
        try connection.execute(
          "UPDATE verifications SET due_at = ? WHERE id = ? AND state = 'submitted'", now + times.firstRead, id.text)
        connection.afterCommit(wake)
        guard let row = try connection.verification(id) else { throw Self.notFound(id) }
        return row
      }
    case .answered(let error):
      if [136_024, 136_025].contains(error.code), await isVerified(access) {
        return try await journal.record(.verified, id)
      }
      let reason = VerificationFailure.ofCode(error)
      if VerificationFailure.isFinal(reason) { return try await journal.record(.failed, id, reason: reason) }
      return try await refused(id, reason)
    }
  }

  /// Another code may be tried, unless too many were wrong.
  private func refused(_ id: VerificationID, _ reason: SenderReason) async throws -> VerificationRow {
    let row = try await journal.record(.refused, id, reason: reason) { row in
      if reason.code == SenderReason.codeWrong.code { row.refusals += 1 }
    }
    guard row.refusals >= times.refusals else { return row }
    return try await journal.record(.failed, id, reason: .codesUsedUp)
  }

  private func isVerified(_ access: (phoneNumberID: String, token: Secret)) async -> Bool {
    do throws(GraphFailure) {
      return try await graph.isVerified(id: access.phoneNumberID, token: access.token)
    } catch {
      return false
    }
  }

  // MARK: Refusals

  /// Why a code cannot be handed in now.
  private func refusal(_ id: VerificationID, _ account: String) async throws -> Verification {
    guard let row = try await database.read({ try $0.verification(id, account: account) }) else {
      throw Self.notFound(id)
    }
    switch row.state {
    case .verified:
      return row.verification
    case .submitted:
      throw CallFailure.aborted("CODE_IN_CHECK", "A code for this verification is being checked: look again shortly.")
    case .requested, .codeRequested:
      throw CallFailure.failedPrecondition(
        "CODE_NOT_REQUESTED", "Meta has not been asked for a code yet: look again shortly.")
    case .failed, .expired:
      throw CallFailure.failedPrecondition(
        "VERIFICATION_OVER", "This verification has ended (\(row.reason?.code ?? row.state.rawValue)): start a new one."
      )
    }
  }

  private static func notFound(_ id: VerificationID) -> CallFailure {
    .notFound("VERIFICATION_NOT_FOUND", "There is no verification \(id).")
  }
}
