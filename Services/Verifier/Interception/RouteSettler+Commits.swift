import CarrierAPI
import Contracts
import Store
import Telemetry

/// How a step is stored: with what must be true together with it, and never over a wish that changed meanwhile.
extension RouteSettler {
  /// Stores a step, with what must be true together with it. Nothing is stored when the row was given back meanwhile.
  func commit(
    _ next: InterceptionRow, over before: InterceptionRow,
    _ along: @escaping @Sendable (Connection) throws -> Void = { _ in }
  ) async throws {
    let isStored = try await database.write { connection in
      guard try connection.update(next, over: before) else { return false }
      try along(connection)
      return true
    }
    guard isStored, next.state != before.state else { return }
    log.info(
      "interception.changed",
      [
        "interception": .string(next.id), "sender": .string(next.senderID.text), "kind": .string(next.kind.rawValue),
        "state": .string(next.state.rawValue), "verification": .optional(next.verificationID?.text),
      ])
    measures.changed(to: next.state)
  }

  /// It cannot be, or no longer: back to where calls went before, if anything was changed.
  func callOff(
    _ row: InterceptionRow, over before: InterceptionRow? = nil, _ reason: SenderReason
  ) async throws {
    var next = row
    next.isWanted = false
    next.attempts = 0
    next.lastError = "\(reason.code): \(reason.message)"
    next.dueAt = clock.now
    if row.state == .ordered {
      next.state = .failed
      next.endedAt = clock.now
    } else {
      next.state = .restoring
    }
    try await commit(next, over: before ?? row) { [hooks] connection in
      if let verification = row.verificationID { try hooks.onArmFailed(connection, verification, reason) }
      // Somebody chose that way; a foreign route is told of when it is left alone, a lost number when that is sure, and
      // whoever deleted the sender knows.
      let others = [SenderReason.routeChanged, .numberNotAtCarrier, .senderDeleted].map(\.code)
      if row.kind == .permanent, row.armedAt != nil, !others.contains(reason.code) {
        try hooks.alert(connection, .givenBack(row, reason))
      }
    }
  }

  /// Counts a failure; arming is given up after a few, giving back never. `wait`: how long the carrier wants to be left
  /// in peace, in milliseconds.
  func record(
    _ message: String, _ row: InterceptionRow, wait: Int64 = 0, isOutOfReach: Bool = false
  ) async throws {
    // Called off by a stop: the carrier is not to blame.
    if Task.isCancelled { return }
    var next = row
    next.attempts += 1
    next.lastError = String(URLBlanking.blank(message).prefix(300))
    let now = clock.now
    next.dueAt = now + max(times.pause(after: next.attempts), min(wait, InterceptionTimes.longestWait))
    let isArming = row.isWanted && (row.state == .ordered || row.state == .journalled)
    if isArming, next.attempts >= times.armTries || now - row.createdAt >= times.armWithin {
      return try await callOff(next, over: row, .notArmed(next.lastError))
    }
    if row.isWanted, let deadline = row.deadlineAt { next.dueAt = min(next.dueAt, deadline) }
    let isStuck = isOutOfReach || !row.isWanted && next.attempts >= InterceptionTimes.failuresBeforeAlert
    let mustAlert = isStuck && !row.isAlerted
    if mustAlert { next.isAlerted = true }
    if !row.isWanted { measures.restoreFailed() }
    log.error(
      "interception.failed",
      [
        "interception": .string(row.id), "state": .string(row.state.rawValue), "error": .optional(next.lastError),
        "attempts": .int(next.attempts),
      ])
    try await commit(next, over: row) { [hooks, next] connection in
      if mustAlert { try hooks.alert(connection, isOutOfReach ? .outOfReach(next) : .notRestored(next)) }
    }
  }
}
