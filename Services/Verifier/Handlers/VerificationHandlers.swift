import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Telemetry
import Wire
import Workers

/// Asking Meta for a code, handing one in, looking at a verification.
struct VerificationHandlers: Sendable {
  let database: Database
  let exchange: CodeExchange
  let keyring: SealingKeyring
  let journal: VerificationJournal
  let inFlight: InFlight
  let keyed: KeyedCalls
  let platform: PlatformChecks
  let listening: Listening

  private var times: VerificationTimes { journal.times }

  /// Journals the wish, then asks Meta. A lost answer is not asked again: the code may be on its way.
  func start(_ call: VerifierAPI.StartVerification, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    let language = call.language ?? CodeLanguage.standard
    guard CodeLanguage.isValid(language) else {
      throw CallFailure.invalidArgument(
        "LANGUAGE_INVALID", "language: a code such as en_US or de", field: "language")
    }
    let sender = try await database.read { try self.sender(call.senderID, account: account, $0) }
    let answerer = try listening.answerer(of: sender, call)
    guard answerer == .person || language == CodeLanguage.standard else {
      throw CallFailure.invalidArgument(
        "LANGUAGE_NOT_HEARD", "language: the machine hears en_US; leave it out, or have a person answer",
        field: "language")
    }
    let note = try await platform.check(sender, call, database)
    let now = journal.clock.now
    let id = VerificationID(trusted: "ver_" + ULID.make(milliseconds: now))
    let new = VerificationRow(
      id: id, accountID: account, senderID: call.senderID, method: call.method, language: language,
      answeredBy: answerer, phoneNumber: sender.origin == .platform ? sender.phoneNumber : nil, note: note,
      dueAt: now + times.watch, now: now)
    inFlight.insert(id)
    defer { inFlight.remove(id) }
    return try await keyed.once(call, context) { [journal, listening] connection in
      if let earlier = try earlier(new, key: context.key, connection, now: now) { return .ended(earlier.view()) }
      let access = try access(to: call.senderID, account: account, connection)
      try platform.refuseRunning(sender, connection)
      try begin(new, connection, now: now)
      if answerer == .machine {
        try listening.order(new, connection, now: now)
        connection.afterCommit { journal.notifier.announce() }
        return .ended(new.view())
      }
      return .started(reference: id.text, access)
    } truth: { connection, reference in
      try Self.truth(reference, connection)
    } perform: { (access: MetaAccess) in
      try await exchange.request(id, call.method, language, access).view()
    }
  }

  /// Hands the code to Meta. The code lives in this function and nowhere else.
  func submit(_ call: VerifierAPI.SubmitCode, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    guard let code = TypedCode(call.code) else {
      throw CallFailure.invalidArgument(
        "CODE_INVALID", "code: six digits, hyphens and spaces do not count", field: "code")
    }
    inFlight.insert(call.id)
    defer { inFlight.remove(call.id) }
    return try await keyed.once(call, context) { [journal] connection in
      let known = try connection.verification(asked: call.id, account: account)
      if known.state == .verified { return .ended(known.view()) }
      let access = try access(to: known.senderID, account: account, connection)
      guard try journal.apply(.submitted, to: call.id, connection) != nil else { throw Self.refusal(of: known) }
      return .started(reference: call.id.text, access)
    } truth: { connection, reference in
      try Self.truth(reference, connection)
    } perform: { (access: MetaAccess) in
      try await exchange.submit(code.digits, call.id, access).view()
    }
  }

  // MARK: Beginning

  /// What a request with the same key began in an earlier version.
  private func earlier(
    _ new: VerificationRow, key: String?, _ connection: Connection, now: Int64
  ) throws -> VerificationRow? {
    let after = now - SavedAnswers.keptMilliseconds
    guard let key, let known = try connection.verification(earlierKey: key, account: new.accountID, after: after)
    else { return nil }
    guard known.senderID == new.senderID, known.method == new.method, known.language == new.language else {
      throw CallFailure.idempotencyKeyReused
    }
    return known
  }

  /// What became of a request whose answer was lost.
  private static func truth(_ reference: String, _ connection: Connection) throws -> Verification {
    let id = VerificationID(trusted: reference)
    guard let row = try connection.verification(id) else { throw CallFailure.noVerification(id) }
    return row.view()
  }

  /// Journals the wish; a code that nobody handed in gives way.
  private func begin(_ new: VerificationRow, _ connection: Connection, now: Int64) throws {
    if let open = try connection.openVerification(of: new.senderID) {
      guard open.state == .needsListener || (open.state == .codeRequested && open.answeredBy == .person),
        open.retryAt ?? (open.state == .needsListener ? 0 : .max) <= now
      else {
        throw Self.openAlready(open)
      }
      _ = try journal.apply(.silent, to: open.id, reason: .superseded, connection)
    }
    if let until = try connection.codeWait(of: new.senderID, new.method, now: now) {
      throw CallFailure.codeTooEarly(until: until, now: now)
    }
    try connection.insert(new)
  }

  private static func openAlready(_ open: VerificationRow) -> CallFailure {
    var details: JSONObject = ["verification_id": .string(open.id.text)]
    details["retry_at"] = open.retryAt.map { .string(Timestamp(milliseconds: $0).description) }
    return .failedPrecondition(
      "VERIFICATION_OPEN", "The verification \(open.id) is still open: hand in its code, or wait until its retry_at.",
      details: .object(details))
  }

  private func access(
    to id: SenderID, account: String, _ connection: Connection
  ) throws -> MetaAccess {
    guard let access = try sender(id, account: account, connection).access(keyring) else {
      throw CallFailure.failedPrecondition(
        "SENDER_NOT_CONNECTED", "Meta does not know the sender's number yet: connect the sender first.")
    }
    return access
  }

  private func sender(_ id: SenderID, account: String, _ connection: Connection) throws -> ConnectedSender {
    guard let found = try connection.connectedSender(id, account: account) else {
      throw CallFailure.notFound("SENDER_NOT_FOUND", "There is no sender \(id).")
    }
    return found
  }

  // MARK: Refusals

  /// Why a code cannot be handed in now.
  private static func refusal(of row: VerificationRow) -> CallFailure {
    switch row.state {
    case .submitted:
      .codeInCheck
    case .requested, .armed, .codeRequested, .callAnswered, .recorded, .needsListener, .heard:
      .failedPrecondition("CODE_NOT_REQUESTED", "Meta has not been asked for a code yet: look again shortly.")
    case .verified, .failed, .expired, .cancelled:
      .verificationOver(row)
    }
  }
}
