import Contracts
import Store

/// The ways from one state of a broadcast to the next. Each is one transaction that looks at the state first: two
/// people, or a person and the service, never both do it.
enum BroadcastSteps {
  /// Freezes a draft and sets it going; what runs already stays as it is.
  static func start(_ row: inout BroadcastRow, actor: String?, at now: Int64, _ connection: Connection) throws {
    switch row.broadcast.state {
    case .draft: break
    case .running, .scheduled: return
    case .paused: throw BroadcastFailures.notDraft(.paused)
    case .completed, .cancelled: throw BroadcastFailures.over(row.broadcast.state)
    }
    if try BroadcastUploading.isUnderWay(row.number, at: now, connection) { throw BroadcastFailures.uploading }
    guard try BroadcastTally.read(row.id, state: .draft, connection).recipients > 0 else {
      throw BroadcastFailures.empty
    }
    try go(&row, at: now, connection)
    row.broadcast.startedAt = Timestamp(milliseconds: now)
    try row.update(at: now, connection)
    let detail = row.broadcast.startAt.map { "Nothing is sent before \($0)." }
    try BroadcastHistory.record(
      .started, of: row, detail: row.broadcast.state == .scheduled ? detail : nil, actor: actor, at: now, connection)
  }

  /// Goes on with a paused one.
  static func resume(_ row: inout BroadcastRow, actor: String?, at now: Int64, _ connection: Connection) throws {
    switch row.broadcast.state {
    case .paused: break
    case .running, .scheduled: return
    case .draft: throw BroadcastFailures.notStarted
    case .completed, .cancelled: throw BroadcastFailures.over(row.broadcast.state)
    }
    let isSame = try TemplateEssence.isSame(
      row.template, BroadcastRules.current(row.template.id, account: row.account, connection))
    try go(&row, at: now, connection)
    try row.update(at: now, connection)
    try BroadcastHistory.record(
      .resumed, of: row, detail: isSame ? nil : "It goes on with the template as it is now.", actor: actor, at: now,
      connection)
  }

  /// What a person has looked at does not stop it again: failures and the rating so far.
  private static func go(_ row: inout BroadcastRow, at now: Int64, _ connection: Connection) throws {
    let (template, quality) = try BroadcastRules.startable(row, at: now, connection)
    row.freeze(template)
    row.quality = quality
    let last = try connection.first("SELECT max(sequence) FROM messages") { try $0.optionalInt64(0) }
    row.watchedFrom = (last ?? nil) ?? 0
    row.broadcast.state = (row.broadcast.startAt?.milliseconds ?? 0) > now ? .scheduled : .running
    row.broadcast.pauseReason = nil
    row.broadcast.pauseDetail = nil
  }

  /// Pauses one that runs, or waits for its time; one that is paused keeps its first reason.
  static func pause(
    _ row: inout BroadcastRow, _ reason: Broadcast.PauseReason, detail: String?, actor: String?, at now: Int64,
    _ connection: Connection
  ) throws {
    switch row.broadcast.state {
    case .running, .scheduled: break
    case .paused: return
    case .draft: throw BroadcastFailures.notStarted
    case .completed, .cancelled: throw BroadcastFailures.over(row.broadcast.state)
    }
    row.broadcast.state = .paused
    row.broadcast.pauseReason = reason
    row.broadcast.pauseDetail = detail
    try row.update(at: now, connection)
    _ = try BroadcastFeed.takeBack(row, connection)
    try BroadcastHistory.record(
      .paused, of: row, reason: reason, detail: detail, actor: actor, at: now, connection)
  }

  /// Calls off the rest.
  static func cancel(_ row: inout BroadcastRow, actor: String?, at now: Int64, _ connection: Connection) throws {
    switch row.broadcast.state {
    case .draft, .running, .scheduled, .paused: break
    case .cancelled: return
    case .completed: throw BroadcastFailures.over(.completed)
    }
    row.broadcast.state = .cancelled
    row.broadcast.pauseReason = nil
    row.broadcast.pauseDetail = nil
    row.broadcast.finishedAt = Timestamp(milliseconds: now)
    try row.update(at: now, connection)
    _ = try BroadcastFeed.cancel(row, at: now, connection)
    try BroadcastHistory.record(.cancelled, of: row, actor: actor, at: now, connection)
  }

  /// Its time has come.
  static func begin(_ row: inout BroadcastRow, at now: Int64, _ connection: Connection) throws {
    guard row.broadcast.state == .scheduled, (row.broadcast.startAt?.milliseconds ?? 0) <= now else { return }
    row.broadcast.state = .running
    try row.update(at: now, connection)
  }

  /// Every recipient has ended, as far as this service has a say in it.
  static func complete(_ row: inout BroadcastRow, at now: Int64, _ connection: Connection) throws {
    guard row.broadcast.state == .running else { return }
    row.broadcast.state = .completed
    row.broadcast.finishedAt = Timestamp(milliseconds: now)
    try row.update(at: now, connection)
    try BroadcastHistory.record(.completed, of: row, actor: nil, at: now, connection)
  }
}
