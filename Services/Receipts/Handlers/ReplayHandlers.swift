import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// Delivering once more.
struct ReplayHandlers: Sendable {
  /// A last success is noted at most this often, in milliseconds: what came after it is looked for from before it.
  private static let successesNoted: Int64 = 10_000

  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let log: Log
  let metrics: Metrics
  /// Something is due.
  let onQueued: @Sendable () -> Void
  /// A replay of the webhook has something to do.
  let onReplay: @Sendable (WebhookID) -> Void
  /// What was learnt of a webhook is of the past.
  let onResumed: @Sendable (WebhookID) -> Void

  /// One delivery.
  func deliver(_ call: ReceiptsAPI.ReplayDelivery, _ context: CallContext) async throws -> Delivery {
    let account = try context.requiredAccount
    let now = clock.now
    let delivery = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard let (found, id) = try ReplayedDelivery.find(call.deliveryID, account: account, connection) else {
          throw CallFailure.deliveryNotFound
        }
        guard let webhook = try WebhookRow.find(id, account: account, connection) else {
          throw CallFailure.webhookNotFound
        }
        if webhook.pause != nil { throw CallFailure.webhookPaused }
        if found.isErased { throw CallFailure.eventErased }
        if found.state == .waiting {
          try connection.execute(
            "UPDATE deliveries SET due_at = min(due_at, ?) WHERE id = ? AND taken_at IS NULL", now,
            call.deliveryID.text)
        } else if found.state != .behind {
          try found.queue(to: webhook, replay: nil, at: now, connection)
        }
        guard let delivery = try Delivery.find(call.deliveryID, account: account, connection) else {
          throw CallFailure.deliveryNotFound
        }
        // The answer is kept for repeats of the call, where an erasure does not reach.
        return delivery.withoutResponses
      }
    }
    log.info("delivery.replayed", ["delivery_id": .string(delivery.id.text)])
    onQueued()
    return delivery
  }

  func start(_ call: ReceiptsAPI.StartReplay, _ context: CallContext) async throws -> Replay {
    let account = try context.requiredAccount
    try Self.check(call.selection)
    let now = clock.now
    let isDryRun = call.dryRun == true
    // A repeat of what is under way must get its first answer, whatever there is to count now.
    if !isDryRun,
      let saved = try await database.read({ [keyring] in try $0.savedAnswer(call, context, keyring, now: now) })
    {
      return saved
    }
    // Counted outside the write: nobody waits for it.
    let prepared = try await database.read { connection in
      guard let webhook = try WebhookRow.find(call.webhookID, account: account, connection) else {
        throw CallFailure.webhookNotFound
      }
      let selection = Self.resolved(call.selection ?? ReplaySelection(), of: webhook)
      let walk = ReplayWalk(selection, of: webhook)
      let count = try walk.count(connection)
      let stretch = try walk.stretch(connection) ?? (0, 0)
      var row = ReplayRow(
        selection, kind: .replay, of: webhook, matched: count.matched, isExact: count.isExact,
        after: stretch.after, through: stretch.through, at: now)
      if isDryRun { row.state = .dryRun }
      return row
    }
    let replay = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard try WebhookRow.find(call.webhookID, account: account, connection) != nil else {
          throw CallFailure.webhookNotFound
        }
        if isDryRun {
          var view = prepared.view
          view.id = nil
          return view
        }
        if let running = try ReplayRow.running(.replay, of: call.webhookID, connection) {
          throw CallFailure.replayRunning(running.id)
        }
        try prepared.insert(connection)
        return prepared.view
      }
    }
    if !isDryRun {
      metrics.replays("started")
      log.notice(
        "replay.started",
        [
          "replay_id": .string(replay.id?.text ?? ""), "webhook_id": .string(call.webhookID.text),
          "matched": .int(replay.matched),
        ])
      onReplay(call.webhookID)
    }
    return replay
  }

  func list(_ call: ReceiptsAPI.ListReplays, _ context: CallContext) async throws -> Page<Replay> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before: ReplayID? = try DeliveryHandlers.position(call.cursor)
    let found = try await database.read { connection in
      guard try WebhookRow.find(call.webhookID, account: account, connection) != nil else {
        throw CallFailure.webhookNotFound
      }
      return try ReplayRow.list(webhook: call.webhookID, before: before, limit: limit + 1, connection)
    }
    return PageRequest.page(found.map(\.view), limit: limit) { $0.id?.text ?? "" }
  }

  func get(_ call: ReceiptsAPI.GetReplay, _ context: CallContext) async throws -> Replay {
    let account = try context.requiredAccount
    guard let row = try await database.read({ try ReplayRow.find(call.replayID, account: account, $0) }) else {
      throw CallFailure.replayNotFound
    }
    return row.view
  }

  /// The worker calls off what is queued.
  func cancel(_ call: ReceiptsAPI.CancelReplay, _ context: CallContext) async throws -> Replay {
    let account = try context.requiredAccount
    let now = clock.now
    let replay = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard var row = try ReplayRow.find(call.replayID, account: account, connection) else {
          throw CallFailure.replayNotFound
        }
        if row.state == .running {
          if row.kind == .skip { throw CallFailure.skipNotStoppable }
          row.state = .cancelled
          try row.update(at: now, connection)
        }
        return row.view
      }
    }
    onReplay(replay.webhookID)
    return replay
  }

  private static func check(_ selection: ReplaySelection?) throws(CallFailure) {
    guard let selection else { return }
    if let types = selection.eventTypes, types.isEmpty || types.count > PlatformEvent.Kind.allCases.count {
      throw .invalidArgument(
        "EVENT_TYPES_INVALID", "event_types names at least one type, each once; leave it out for all",
        field: "selection.event_types")
    }
    if let from = selection.from, let until = selection.until, from >= until {
      throw .invalidArgument("RANGE_EMPTY", "until is after from", field: "selection.until")
    }
  }

  /// Since the last success as a time, which does not move while the replay runs.
  static func resolved(_ selection: ReplaySelection, of webhook: WebhookRow) -> ReplaySelection {
    guard selection.sinceLastSuccess == true, let success = webhook.lastSuccessAt else { return selection }
    var selection = selection
    let since = Timestamp(milliseconds: success - successesNoted)
    selection.from = max(since, selection.from ?? since)
    return selection
  }
}
