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
    let filter = try Self.filter(call)
    let rows = try await database.read { connection in
      try connection.senders(account: account, filter, after: cursor, limit: limit + 1)
    }
    let bound = await bindings.list(rows.prefix(limit).map(\.id), context)
    return PageRequest.page(rows.map { $0.sender(bound[$0.id]) }, limit: limit) { $0.id.text }
  }

  private static func filter(_ call: SenderRegistryAPI.ListSenders) throws(CallFailure) -> SenderFilter {
    var filter = SenderFilter(status: call.status, origin: call.origin)
    for (name, text) in [
      ("quality_rating", call.qualityRating), ("portfolio_id", call.portfolioID), ("search", call.search),
    ] {
      guard let text, !(1...75).contains(text.count) || text.utf8.count > 300 else { continue }
      throw .invalidArgument("FILTER_INVALID", "\(name): 1 to 75 characters", field: name)
    }
    filter.qualityRating = call.qualityRating
    filter.portfolioID = call.portfolioID
    filter.search = call.search
    if let text = call.phoneNumber {
      // In a query a plus is easily lost: a number without one is meant to have it.
      let spelling = text.contains("+") || text.hasPrefix("00") ? text : "+" + text
      do throws(ValueFailure) {
        filter.phoneNumber = try PhoneNumber(parsing: spelling)
      } catch {
        throw .invalidArgument("PHONE_NUMBER_INVALID", "phone_number: \(error.message)", field: "phone_number")
      }
    }
    return filter
  }

  /// Forwards to the router and answers after its commit: AI that was switched off never speaks.
  func update(_ call: SenderRegistryAPI.UpdateSender, _ context: CallContext) async throws -> Sender {
    let isBinding = !call.assistantID.isAbsent || call.aiEnabled != nil
    guard isBinding || call.displayName != nil else {
      throw CallFailure.invalidArgument(
        "NOTHING_TO_CHANGE", "Name at least one of assistant_id, ai_enabled and display_name.", field: nil)
    }
    let row = try await claim(call, context)
    guard isBinding else { return row.sender(await bindings.get(call.id, context)) }
    let binding = try await bindings.set(
      MessagingRouterAPI.SetBinding(senderID: call.id, assistantID: call.assistantID, aiEnabled: call.aiEnabled),
      context)
    return row.sender(binding)
  }

  /// Stores the name that is wanted, and counts the version up before the router is asked, so that of two callers who
  /// saw the same version one wins. The binding is the router's row, but people see it as a part of the sender.
  private func claim(_ call: SenderRegistryAPI.UpdateSender, _ context: CallContext) async throws -> SenderRow {
    let account = try context.accountID
    let now = clock.now
    return try await database.write { connection in
      guard var row = try connection.sender(call.id, account: account) else {
        throw CallFailure.senderNotFound(call.id)
      }
      try IfVersion.check(call.ifVersion, current: row.version)
      if let name = call.displayName, try DisplayNames.change(&row, to: name, connection, now: now) {
        row.updatedAt = now
        try connection.update(row, now: now)
        connection.afterCommit { notifier.announce() }
      } else {
        try connection.execute("UPDATE senders SET version = version + 1 WHERE id = ?", row.id.text)
      }
      row.version += 1
      return row
    }
  }

  private func find(_ id: SenderID, _ context: CallContext) async throws -> SenderRow {
    let account = try context.accountID
    guard let row = try await database.read({ try $0.sender(id, account: account) }) else {
      throw CallFailure.senderNotFound(id)
    }
    return row
  }
}
