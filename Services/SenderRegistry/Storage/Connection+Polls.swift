import Contracts
import Store

/// A sender whose reading is due.
struct DuePoll: Sendable {
  let id: SenderID
  let wabaID: String?
}

extension Connection {
  /// How far apart the first readings of senders are: those that came together are not asked about together.
  private static let firstSpread: Int64 = 60_000

  /// Keeps, makes or removes a sender's place among the readings, after its state changed.
  func plan(_ sender: SenderRow, now: Int64) throws {
    guard sender.readPlan != .never, sender.deletedAt == nil else {
      try execute("DELETE FROM sender_polls WHERE sender_id = ?", sender.id.text)
      return
    }
    try execute(
      "INSERT INTO sender_polls (sender_id, due_at) VALUES (?, ?) ON CONFLICT DO NOTHING", sender.id.text,
      now + Int64.random(in: 1...Self.firstSpread))
  }

  /// Those due longest first.
  func duePolls(now: Int64, limit: Int) throws -> [DuePoll] {
    try all(
      """
      SELECT p.sender_id, s.waba_id FROM sender_polls p JOIN senders s ON s.id = p.sender_id
      WHERE p.due_at <= ? ORDER BY p.due_at LIMIT ?
      """, now, limit
    ) { DuePoll(id: SenderID(trusted: try $0.text(0)), wabaID: try $0.optionalText(1)) }
  }

  /// The next moment after `now` at which one falls due.
  func nextPollDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM sender_polls WHERE due_at > ?", now) { try $0.optionalInt64(0) } ?? nil
  }

  /// Says when a sender is read next, after a reading that began at `started`: a hint that came since is kept, as the
  /// reading may be older than what it hinted at.
  func schedulePoll(_ id: SenderID, at due: Int64, after started: Int64) throws {
    try execute(
      """
      UPDATE sender_polls SET due_at = max(not_before, CASE WHEN due_at > ?2 THEN min(due_at, ?1) ELSE ?1 END)
      WHERE sender_id = ?3
      """, due, started, id.text)
  }

  /// Asks for a reading soon, of a sender that can be read at all; its place is made if it has none. Meta's wish to be
  /// left in peace is respected.
  func hintPoll(_ sender: SenderRow, at due: Int64) throws {
    guard sender.canBeRead else { return }
    try execute(
      """
      INSERT INTO sender_polls (sender_id, due_at) VALUES (?1, ?2)
      ON CONFLICT DO UPDATE SET due_at = max(min(due_at, ?2), not_before)
      """, sender.id.text, due)
  }

  /// Leaves an account in peace until a moment; its senders come back spread over `spread` milliseconds.
  func pausePolls(wabaID: String, until: Int64, spread: Int64) throws {
    try execute(
      """
      UPDATE sender_polls SET not_before = ?2, due_at = max(due_at, ?2 + abs(random()) % ?3)
      WHERE sender_id IN (SELECT id FROM senders WHERE waba_id = ?1 AND deleted_at IS NULL)
      """, wabaID, until, max(spread, 1))
  }

  /// After a start: what fell due meanwhile, and what is due beyond `longest`, is spread over a window that grows with
  /// their number, at most `longest`. Also gives a place to senders that should have one. How many were moved.
  func spreadPolls(now: Int64, longest: Int64, rare: Int64, perSender: Int64) throws -> Int {
    try execute(
      """
      INSERT INTO sender_polls (sender_id, due_at)
      SELECT id, ? + abs(random()) % ? FROM senders
      WHERE deleted_at IS NULL AND status IN ('online', 'offline', 'suspended') AND access_token IS NOT NULL
        AND phone_number_id IS NOT NULL AND reasons NOT LIKE '%"RECONNECT_NEEDED"%'
      ON CONFLICT DO NOTHING
      """, now, max(longest, 1))
    let overdue = try first("SELECT count(*) FROM sender_polls WHERE due_at <= ?", now) { try $0.int64(0) } ?? 0
    let window = max(1, min(longest, overdue * perSender))
    // Due too late: the interval was longer before, or the clock was set back. Nobody wants peace for over a day.
    try execute(
      """
      UPDATE sender_polls
      SET not_before = min(not_before, ?1 + 86400000),
        due_at = max(?1 + abs(random()) % ?2, min(not_before, ?1 + 86400000))
      WHERE due_at <= ?1 OR due_at > max(?1 + ?3, not_before + ?3)
      """, now, window, rare + rare / 4)
    return changes
  }

  func readFailures(_ id: SenderID) throws -> ReadFailures {
    let found = try first(
      """
      SELECT unreachable_count, unreachable_since, token_count, token_since, refused_count, refused_since
      FROM sender_polls WHERE sender_id = ?
      """, id.text
    ) { row in
      ReadFailures(
        unreachable: FailureTally(count: try row.int(0), since: try row.int64(1)),
        token: FailureTally(count: try row.int(2), since: try row.int64(3)),
        refused: FailureTally(count: try row.int(4), since: try row.int64(5)))
    }
    return found ?? ReadFailures()
  }

  func setReadFailures(_ failures: ReadFailures, of id: SenderID) throws {
    try execute(
      """
      UPDATE sender_polls SET unreachable_count = ?, unreachable_since = ?, token_count = ?, token_since = ?,
        refused_count = ?, refused_since = ?
      WHERE sender_id = ?
      """, failures.unreachable.count, failures.unreachable.since, failures.token.count, failures.token.since,
      failures.refused.count, failures.refused.since, id.text)
  }

  /// When the sender that was read longest ago, among those that are read, was read; nil when there is none.
  func oldestRead() throws -> Int64? {
    try first(
      "SELECT min(coalesce(s.state_read_at, s.created_at)) FROM sender_polls p JOIN senders s ON s.id = p.sender_id"
    ) { try $0.optionalInt64(0) } ?? nil
  }
}

extension SenderRow {
  /// Whether there is something to ask Meta with, and an answer could change something.
  var canBeRead: Bool {
    guard accessToken != nil, phoneNumberID != nil, deletedAt == nil else { return false }
    switch condition.status {
    case .online, .offline, .suspended: return true
    case .pending, .connecting, .failed: return false
    }
  }

  var readPlan: ReadPlan {
    ReadPlan(condition, isEnabled: isEnabled, hasCredentials: accessToken != nil && phoneNumberID != nil)
  }
}
