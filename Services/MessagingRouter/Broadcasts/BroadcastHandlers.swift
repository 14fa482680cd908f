import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// The calls about broadcasts.
struct BroadcastHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let links: BroadcastLinks
  let settings: BroadcastSettings
  /// A broadcast was started, paused, or called off.
  let onChange: @Sendable () -> Void

  func add(to router: inout Router) {
    router.on(create)
    router.on(get)
    router.on(list)
    router.on(update)
    router.on(start)
    router.on(pause)
    router.on(resume)
    router.on(cancel)
    router.on(forecast)
    router.on(events)
    router.on(addRecipients)
    router.on(upload)
    router.on(recipients)
    router.on(errors)
  }

  // MARK: Drafts

  /// A repeated idempotency key answers with the first one.
  private func create(_ call: MessagingRouterAPI.CreateBroadcast, _ context: CallContext) async throws -> Broadcast {
    let account = try context.requiredAccount
    try BroadcastChecks.name(call.name)
    try BroadcastChecks.variables(call.variables ?? [:])
    let now = clock.now
    return try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        let template = try BroadcastChecks.template(
          call.templateID, sender: call.senderID, account: account, connection)
        try BroadcastContent(
          template: template, defaults: call.variables ?? [:], headerMedia: call.headerMedia
        ).check(account: account, connection)
        let row = try BroadcastRow.insert(call, template: template, account: account, at: now, connection)
        try BroadcastHistory.record(.created, of: row, actor: context.actor, at: now, connection)
        return try row.view(connection)
      }
    }
  }

  private func get(_ call: MessagingRouterAPI.GetBroadcast, _ context: CallContext) async throws -> Broadcast {
    let account = try context.requiredAccount
    return try await database.read { try BroadcastRow.found(id: call.id, account: account, $0).view($0) }
  }

  private func list(_ call: MessagingRouterAPI.ListBroadcasts, _ context: CallContext) async throws -> Page<Broadcast> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try Self.place(call.cursor) ?? Int64.max
    let (rows, views) = try await database.read { connection in
      let rows = try BroadcastRow.list(
        account: account, sender: call.senderID, before: before, limit: limit + 1, connection)
      return (rows.map(\.number), try rows.map { try $0.view(connection) })
    }
    return Self.page(zip(rows, views).map { ($0, $1) }, limit: limit)
  }

  private func update(_ call: MessagingRouterAPI.UpdateBroadcast, _ context: CallContext) async throws -> Broadcast {
    let account = try context.requiredAccount
    if let name = call.name { try BroadcastChecks.name(name) }
    if let variables = call.variables { try BroadcastChecks.variables(variables) }
    let now = clock.now
    return try await database.write { connection in
      // A version that is over is the first thing to be told.
      let found = try BroadcastRow.found(id: call.id, account: account, connection)
      try IfVersion.check(call.ifVersion, current: found.broadcast.version)
      var row = try BroadcastRecipients.draft(call.id, account: account, connection)
      let before = row.broadcast
      if let id = call.templateID, id != row.template.id {
        try BroadcastChecks.take(id, into: &row, connection)
      }
      if let name = call.name { row.broadcast.name = name }
      if let variables = call.variables { row.broadcast.variables = variables }
      row.broadcast.headerMedia = call.headerMedia.applied(to: row.broadcast.headerMedia)
      row.broadcast.startAt = call.startAt.applied(to: row.broadcast.startAt)
      try BroadcastContent(row).check(account: account, connection)
      if row.broadcast != before { try row.update(at: now, connection) }
      return try row.view(connection)
    }
  }

  // MARK: Runs

  private func start(_ call: MessagingRouterAPI.StartBroadcast, _ context: CallContext) async throws -> Broadcast {
    let now = clock.now
    return try await step(call, call.id, context) { row, connection in
      try BroadcastSteps.start(&row, actor: context.actor, at: now, connection)
    }
  }

  private func pause(_ call: MessagingRouterAPI.PauseBroadcast, _ context: CallContext) async throws -> Broadcast {
    let now = clock.now
    return try await step(call, call.id, context) { row, connection in
      try BroadcastSteps.pause(&row, .operator, detail: nil, actor: context.actor, at: now, connection)
    }
  }

  private func resume(_ call: MessagingRouterAPI.ResumeBroadcast, _ context: CallContext) async throws -> Broadcast {
    let now = clock.now
    return try await step(call, call.id, context) { row, connection in
      try BroadcastSteps.resume(&row, actor: context.actor, at: now, connection)
    }
  }

  private func cancel(_ call: MessagingRouterAPI.CancelBroadcast, _ context: CallContext) async throws -> Broadcast {
    let now = clock.now
    return try await step(call, call.id, context) { row, connection in
      try BroadcastSteps.cancel(&row, actor: context.actor, at: now, connection)
    }
  }

  private func step<C: Call>(
    _ call: C, _ id: BroadcastID, _ context: CallContext,
    _ body: @escaping @Sendable (inout BroadcastRow, Connection) throws -> Void
  ) async throws -> Broadcast where C.Reply == Broadcast {
    let account = try context.requiredAccount
    let now = clock.now
    let view = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        var row = try BroadcastRow.found(id: id, account: account, connection)
        try body(&row, connection)
        return try row.view(connection)
      }
    }
    onChange()
    return view
  }

  private func forecast(
    _ call: MessagingRouterAPI.GetBroadcastForecast, _ context: CallContext
  ) async throws -> BroadcastForecast {
    let account = try context.requiredAccount
    let now = clock.now
    return try await database.read { connection in
      let row = try BroadcastRow.found(id: call.id, account: account, connection)
      return try BroadcastForecasting.forecast(row, at: now, connection)
    }
  }

  private func events(
    _ call: MessagingRouterAPI.ListBroadcastEvents, _ context: CallContext
  ) async throws -> Page<BroadcastEvent> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try Self.place(call.cursor) ?? Int64.max
    let found = try await database.read { connection in
      let row = try BroadcastRow.found(id: call.id, account: account, connection)
      return try BroadcastHistory.list(of: row, before: before, limit: limit + 1, connection)
    }
    return Self.page(found.map { ($0.sequence, $0.event) }, limit: limit)
  }

  // MARK: Recipients

  private func addRecipients(
    _ call: MessagingRouterAPI.AddBroadcastRecipients, _ context: CallContext
  ) async throws -> BroadcastUpload {
    let account = try context.requiredAccount
    guard (1...MessagingRouterAPI.AddBroadcastRecipients.most).contains(call.recipients.count) else {
      throw CallFailure.invalidArgument(
        "RECIPIENTS_OUT_OF_RANGE",
        "recipients: 1 to \(MessagingRouterAPI.AddBroadcastRecipients.most) of them, not \(call.recipients.count)",
        field: "recipients")
    }
    let row = try await database.read { try BroadcastRecipients.draft(call.id, account: account, $0) }
    let content = BroadcastContent(row)
    let (good, bad) = try await OffLoop.run { Self.sorted(call.recipients, RecipientCheck(content)) }
    let (now, limit, version) = (clock.now, settings.maximumRecipients, row.broadcast.version)
    return try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        let (upload, current) = try BroadcastRecipients.beginUpload(
          to: call.id, account: account, at: now, connection)
        // What the recipients were checked against is what they go into.
        guard current.broadcast.version == version + 1 || BroadcastContent(current).names == content.names else {
          throw CallFailure.aborted("BROADCAST_CHANGED", "the broadcast was changed meanwhile: try again")
        }
        var (known, refused): ([NewRecipient], [BroadcastLineError]) = ([], bad)
        for recipient in good {
          if try Self.isKnown(recipient, account: account, connection) {
            known.append(recipient)
          } else {
            refused.append(
              BroadcastLineError(
                line: recipient.line, code: "CONTACT_NOT_FOUND", message: "no such contact in this account"))
          }
        }
        refused.sort { $0.line < $1.line }
        var report = try BroadcastRecipients.add(
          known, refused: refused, refusedCount: refused.count, upload: upload, to: call.id, account: account,
          limit: limit, at: now, connection)
        report.errors = Array(refused.prefix(100))
        return report
      }
    }
  }

  private static func sorted(
    _ recipients: [MessagingRouterAPI.AddBroadcastRecipients.Recipient], _ check: RecipientCheck
  ) -> (good: [NewRecipient], bad: [BroadcastLineError]) {
    var (good, bad): ([NewRecipient], [BroadcastLineError]) = ([], [])
    for (index, recipient) in recipients.enumerated() {
      do throws(RecipientCheck.Refusal) {
        good.append(
          try check.recipient(
            line: index + 1, to: recipient.to, contact: recipient.contactID, name: recipient.name,
            variables: recipient.variables ?? [:]))
      } catch {
        bad.append(error.error(line: index + 1))
      }
    }
    return (good, bad)
  }

  private static func isKnown(_ new: NewRecipient, account: String, _ connection: Connection) throws -> Bool {
    if new.recipient.hasPrefix("+") { return true }
    return try BroadcastFeed.contact(id: new.recipient, account: account, connection) != nil
  }

  private func upload(
    _ call: MessagingRouterAPI.CreateBroadcastUpload, _ context: CallContext
  ) async throws -> MessagingRouterAPI.CreateBroadcastUpload.Reply {
    let account = try context.requiredAccount
    let now = clock.now
    return try await database.write { [keyring, links, settings] connection in
      try connection.once(call, context, keyring, now: now) {
        _ = try BroadcastRecipients.draft(call.id, account: account, connection)
        guard let link = links.link(to: call.id, now: now) else {
          throw CallFailure.unavailable("STARTING", "the service starts: try again shortly")
        }
        return .init(
          uploadURL: link.url, uploadURLExpiresAt: Timestamp(milliseconds: link.expiresAt),
          maximumBytes: settings.maximumBytes, maximumRecipients: settings.maximumRecipients)
      }
    }
  }

  private func recipients(
    _ call: MessagingRouterAPI.ListBroadcastRecipients, _ context: CallContext
  ) async throws -> Page<BroadcastRecipient> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    return try await database.read { connection in
      let row = try BroadcastRow.found(id: call.id, account: account, connection)
      return try RecipientList.page(of: row, state: call.state, cursor: call.cursor, limit: limit, connection)
    }
  }

  private func errors(
    _ call: MessagingRouterAPI.ListBroadcastErrors, _ context: CallContext
  ) async throws -> Page<BroadcastLineError> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let after = try Self.place(call.cursor) ?? -1
    let found = try await database.read { connection in
      let row = try BroadcastRow.found(id: call.id, account: account, connection)
      return try BroadcastRecipients.errors(of: row, after: after, limit: limit + 1, connection)
    }
    return Self.page(found.map { ($0.place, $0.error) }, limit: limit)
  }

  // MARK: Pages

  private static func place(_ cursor: String?) throws(CallFailure) -> Int64? {
    guard let text = try PageRequest.position(cursor) else { return nil }
    guard let place = Int64(text) else {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
    return place
  }

  private static func page<Item: Codable & Sendable & Equatable>(
    _ found: [(place: Int64, item: Item)], limit: Int
  ) -> Page<Item> {
    let data = found.prefix(limit)
    return Page(
      data: data.map(\.item),
      nextCursor: found.count > limit ? data.last.map { PageRequest.cursor(String($0.place)) } : nil)
  }
}
