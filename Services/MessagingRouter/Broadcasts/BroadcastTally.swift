import Contracts
import Store

/// How many recipients of a broadcast are where: rows that the store keeps as things happen, so that half a million
/// recipients are counted by reading a dozen rows.
struct BroadcastTally: Sendable {
  /// By the state of a recipient without a message (`pending`, `skipped`), or the status of its message.
  private(set) var byState: [String: Int] = [:]
  /// Nobody who waits in a broadcast that was called off is written to.
  let isCancelled: Bool

  static func read(_ id: BroadcastID, state: Broadcast.State, _ connection: Connection) throws -> BroadcastTally {
    var tally = BroadcastTally(isCancelled: state == .cancelled)
    try connection.forEach("SELECT state, count FROM broadcast_counts WHERE broadcast_id = ?", id.text) { row in
      tally.byState[try row.text(0)] = try row.int(1)
    }
    return tally
  }

  /// Counts recipients that have no message. Those that have one are counted by the store.
  static func add(_ count: Int, _ state: String, of id: BroadcastID, _ connection: Connection) throws {
    if count == 0 { return }
    try connection.execute(
      """
      INSERT INTO broadcast_counts (broadcast_id, state, count) VALUES (?, ?, ?)
      ON CONFLICT (broadcast_id, state) DO UPDATE SET count = count + excluded.count
      """, id.text, state, count)
  }

  subscript(_ states: String...) -> Int { states.reduce(0) { $0 + (byState[$1] ?? 0) } }

  var waiting: Int { isCancelled ? 0 : self["pending"] }

  /// Everybody.
  var recipients: Int { byState.values.reduce(0, +) }

  var counts: BroadcastCounts {
    BroadcastCounts(
      pending: waiting, queued: self["queued", "sending"], sent: self["accepted", "sent"], delivered: self["delivered"],
      read: self["read", "played"], failed: self["failed"], unknown: self["unknown"], skipped: self["skipped"],
      expired: self["expired"], cancelled: self["cancelled"] + (isCancelled ? self["pending"] : 0))
  }
}
