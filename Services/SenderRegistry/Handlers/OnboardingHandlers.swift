import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// Starting an onboarding, looking at its steps, and hearing from the verifier.
struct OnboardingHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let notifier: ChangeNotifier
  /// Called when an onboarding has something to do.
  let wake: @Sendable () -> Void
  /// Called when Meta's pool has changed.
  var lookAtPool: @Sendable () -> Void = {}
  /// Called when there is something for `receipts`.
  var tellReceipts: @Sendable () -> Void = {}
  let clock: WallClock
  let log: Log

  /// Stores what Embedded Signup returned and answers at once; the steps run behind.
  func connect(_ call: SenderRegistryAPI.ConnectSender, _ context: CallContext) async throws -> Sender {
    let account = try context.accountID
    try check(call)
    let now = clock.now
    let sealedCode = seal(call)
    let sender = try await database.write { connection in
      guard let row = try connection.sender(call.id, account: account) else {
        throw CallFailure.senderNotFound(call.id)
      }
      return try connection.once(call, context, keyring, now: now) {
        try begin(call, sealedCode, row, connection, now: now).sender()
      }
    }
    log.info("onboarding.accepted", ["sender": .string(call.id.text), "waba": .string(call.wabaID)])
    return sender
  }

  /// Sealed outside the writer: the code must not be in the database's queue as it is.
  func seal(_ call: SenderRegistryAPI.ConnectSender) -> String {
    keyring.seal(Secret(call.code), binding: OnboardingRow.codeBinding(call.id))
  }

  /// Starts an attempt: the sender's state, the attempt's row, the worker.
  func begin(
    _ call: SenderRegistryAPI.ConnectSender, _ sealedCode: String, _ row: SenderRow, _ connection: Connection,
    now: Int64
  ) throws -> SenderRow {
    do {
      let changed = try connection.apply(.connectRequested, to: call.id, now: now)
      try connection.beginOnboarding(call, code: sealedCode, prior: Self.prior(row), now: now)
      connection.afterCommit {
        notifier.announce()
        wake()
      }
      return changed
    } catch SenderRefusal.switchedOff {
      throw CallFailure.failedPrecondition(
        "SENDER_DISABLED", "The sender is switched off: enable it, then connect it.")
    } catch is SenderRefusal {
      throw CallFailure.failedPrecondition(
        "ONBOARDING_RUNNING", "The sender is being connected already: wait until its steps have ended.")
    }
  }

  /// The state that a failed reconnect falls back to; nil for a sender that has no credentials.
  private static func prior(_ row: SenderRow) -> SenderCondition? {
    guard row.accessToken != nil, row.phoneNumberID != nil else { return nil }
    switch row.condition.status {
    case .online, .offline, .suspended: return row.condition
    case .pending, .connecting, .failed: return nil
    }
  }

  /// The steps of the newest attempt; none before the first.
  func steps(_ call: SenderRegistryAPI.ListOnboardingSteps, _ context: CallContext) async throws
    -> Page<OnboardingStep>
  {
    let account = try context.accountID
    return try await database.read { connection in
      guard try connection.sender(call.id, account: account) != nil else { throw CallFailure.senderNotFound(call.id) }
      guard let onboarding = try connection.onboarding(call.id) else { return Page(data: [], nextCursor: nil) }
      return Page(data: try connection.steps(call.id, attempt: onboarding.attempt), nextCursor: nil)
    }
  }

  /// How a verification ended, or what it waits for; stored once per event id, together with what follows from it.
  func record(
    _ call: SenderRegistryAPI.RecordVerification, _ context: CallContext
  ) async throws -> SenderRegistryAPI.RecordVerification.Reply {
    let now = clock.now
    try await database.write { connection in
      guard let sender = try connection.sender(call.senderID) else {
        throw CallFailure.senderNotFound(call.senderID)
      }
      guard try connection.receive(call.eventID, now: now) else { return }
      try ReceiptsOutbox.verificationChanged(call, account: sender.accountID, at: now, connection)
      connection.afterCommit { tellReceipts() }
      if call.isOpen { return }
      if try connection.recordPoolVerification(call, now: now) {
        connection.afterCommit {
          notifier.announce()
          lookAtPool()
        }
      }
      guard let onboarding = try connection.onboarding(call.senderID), onboarding.state != .ended else { return }
      if call.isVerified {
        try connection.execute("UPDATE onboarding SET is_verified = 1 WHERE sender_id = ?", call.senderID.text)
      }
      // A running worker finds the mark when it wants to wait.
      guard onboarding.state == .waiting else { return }
      if call.isVerified {
        try connection.setStep(
          .verifyNumber, of: call.senderID, attempt: onboarding.attempt, .done,
          "verified by \(call.verificationID)", now: now)
        try connection.scheduleOnboarding(
          call.senderID, attempt: onboarding.attempt, state: .running, dueAt: now, tries: 0)
        try connection.apply(.codeAccepted, to: call.senderID, now: now)
      } else if let reason = call.reason {
        try connection.apply(.codeRefused(reason), to: call.senderID, now: now)
      }
      connection.afterCommit {
        notifier.announce()
        wake()
      }
    }
    log.info(
      "verification.recorded",
      [
        "sender": .string(call.senderID.text), "verification": .string(call.verificationID.text),
        "ok": .bool(call.isVerified),
      ]
    )
    return .init()
  }

  func check(_ call: SenderRegistryAPI.ConnectSender) throws(CallFailure) {
    guard (1...2048).contains(call.code.utf8.count), call.code.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .invalidArgument("CODE_INVALID", "code: the code that Embedded Signup returned, unchanged", field: "code")
    }
    let ids = [("waba_id", call.wabaID), ("phone_number_id", call.phoneNumberID), ("business_id", call.businessID)]
    for (field, id) in ids {
      guard let id else { continue }
      guard MetaIdentifier.isValid(id) else {
        throw .invalidArgument("META_ID_INVALID", "\(field): 1 to 32 digits", field: field)
      }
    }
    if call.phoneNumberID == nil, call.event == .finish {
      throw .invalidArgument(
        "PHONE_NUMBER_ID_MISSING", "phone_number_id: FINISH names one; without it the event is FINISH_ONLY_WABA",
        field: "phone_number_id")
    }
  }
}
