import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

/// Creating, reading and changing senders.
struct SenderHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let notifier: ChangeNotifier
  let bindings: AssistantBindings
  let platform: PlatformNumbers
  let clock: WallClock
  let log: Log

  /// A new sender waits for its signup.
  func create(_ call: SenderRegistryAPI.CreateSender, _ context: CallContext) async throws -> Sender {
    let account = try context.accountID
    guard let name = DisplayName.parse(call.displayName) else {
      throw CallFailure.invalidArgument(
        "DISPLAY_NAME_INVALID", "display_name: 2 to 75 characters without control characters", field: "display_name")
    }
    let profile = try call.profile.map { draft throws(CallFailure) in
      try ProfileChange.checked { () throws(ProfileChange.Refusal) in try ProfileChange(draft) }
    }
    let now = clock.now
    let id = SenderID(trusted: "snd_" + ULID.make(milliseconds: now))
    let sender = try await database.write { connection in
      try connection.once(call, context, keyring, now: now) {
        let (phoneNumber, number) = try platform.number(of: call, account, connection)
        if let other = try connection.isPhoneNumberUsed(phoneNumber, account: account) {
          throw CallFailure(
            .alreadyExists, "PHONE_NUMBER_IN_USE", "phone_number: the sender \(other) has this number.",
            details: ["field": "phone_number", "sender_id": .string(other.text)])
        }
        var row = SenderRow(
          id: id, accountID: account, origin: number == nil ? .external : .platform, numberID: number?.id,
          phoneNumber: phoneNumber, displayName: name, now: now)
        if number != nil { row.condition.reasons = [platform.firstReason] }
        try connection.insert(row)
        if let number { try platform.begin(row, number, connection, now: now) }
        if let profile { try connection.beginProfile(id, with: profile, now: now) }
        connection.afterCommit { notifier.announce() }
        return row.sender()
      }
    }
    log.info("sender.created", ["sender": .string(sender.id.text), "number": .redacted(sender.phoneNumber.text)])
    return sender
  }

  func get(_ call: SenderRegistryAPI.GetSender, _ context: CallContext) async throws -> Sender {
    let row = try await find(call.id, context)
    return row.sender(await bindings.get(call.id, context))
  }

  func list(_ call: SenderRegistryAPI.ListSenders, _ context: CallContext) async throws -> Page<Sender> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let cursor = try PageRequest.position(call.cursor)
    let rows = try await database.read { connection in
      try connection.senders(account: account, status: call.status, after: cursor, limit: limit + 1)
    }
    let bound = await bindings.list(rows.prefix(limit).map(\.id), context)
    return PageRequest.page(rows.map { $0.sender(bound[$0.id]) }, limit: limit) { $0.id.text }
  }

  /// Forwards to the router and answers after its commit: AI that was switched off never speaks.
  func update(_ call: SenderRegistryAPI.UpdateSender, _ context: CallContext) async throws -> Sender {
    var row = try await find(call.id, context)
    let isBinding = !call.assistantID.isAbsent || call.aiEnabled != nil
    guard isBinding || call.displayName != nil else {
      throw CallFailure.invalidArgument(
        "NOTHING_TO_CHANGE", "Name at least one of assistant_id, ai_enabled and display_name.", field: nil)
    }
    if let name = call.displayName { row = try await rename(call.id, to: name, context) }
    guard isBinding else { return row.sender(await bindings.get(call.id, context)) }
    let binding = try await bindings.set(
      MessagingRouterAPI.SetBinding(senderID: call.id, assistantID: call.assistantID, aiEnabled: call.aiEnabled),
      context)
    return row.sender(binding)
  }

  private func rename(_ id: SenderID, to name: String, _ context: CallContext) async throws -> SenderRow {
    let account = try context.accountID
    let now = clock.now
    let row = try await database.write { connection -> SenderRow? in
      guard let before = try connection.sender(id, account: account) else { return nil }
      var sender = before
      guard try DisplayNames.change(&sender, to: name, connection, now: now) else { return before }
      sender.updatedAt = now
      try connection.update(sender, now: now)
      connection.afterCommit { notifier.announce() }
      return try connection.sender(id)
    }
    guard let row else { throw CallFailure.senderNotFound(id) }
    log.info("sender.name_wanted", ["sender": .string(id.text)])
    return row
  }

  private func find(_ id: SenderID, _ context: CallContext) async throws -> SenderRow {
    let account = try context.accountID
    guard let row = try await database.read({ try $0.sender(id, account: account) }) else {
      throw CallFailure.senderNotFound(id)
    }
    return row
  }
}
