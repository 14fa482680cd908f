import Contracts
import Store

/// What is deleted of broadcasts because of their age: the people who never got a message, the lines that were refused,
/// and what happened. Whoever has a message goes with the message; counts name nobody and stay.
enum BroadcastRetention {
  /// Broadcasts that one step looks at.
  static let most = 50

  /// The four places of people and of what was done, the rows of a broadcast each found by an index.
  private static let statements: [(state: String?, sql: String)] = [
    ("pending", recipients("pending")), ("skipped", recipients("skipped")),
    (
      nil,
      """
      DELETE FROM broadcast_errors
      WHERE broadcast = ?1 AND place IN (
        SELECT place FROM broadcast_errors WHERE broadcast = ?1 ORDER BY place LIMIT ?2)
      """
    ),
    (
      nil,
      """
      DELETE FROM broadcast_events WHERE sequence IN (
        SELECT sequence FROM broadcast_events WHERE broadcast = ? ORDER BY sequence LIMIT ?)
      """
    ),
  ]

  /// Deletes of the broadcasts behind `position` that ended before the moment, or were drafts that nobody has touched
  /// since. Answers where the next step goes on.
  static func prune(before moment: Int64, after position: Int64, _ connection: Connection) throws
    -> (outcome: Retention.Outcome, position: Int64)
  {
    let broadcasts = try connection.all(
      """
      SELECT number, id, state, coalesce(finished_at, updated_at) FROM broadcasts
      WHERE number > ? ORDER BY number LIMIT ?
      """, position, most
    ) { row in
      (
        number: try row.int64(0), id: BroadcastID(trusted: try row.text(1)),
        state: Broadcast.State(rawValue: try row.text(2)) ?? .paused, at: try row.int64(3)
      )
    }
    var outcome = Retention.Outcome()
    var position = position
    for broadcast in broadcasts {
      if [.draft, .cancelled, .completed].contains(broadcast.state), broadcast.at < moment {
        let left = Retention.step - outcome.deleted
        let deleted = try prune(broadcast.number, broadcast.id, broadcast.state, limit: left, connection)
        outcome.deleted += deleted
        if deleted == left {
          outcome.isDone = false
          return (outcome, position)
        }
      }
      position = broadcast.number
    }
    outcome.isDone = broadcasts.count < most
    return (outcome, position)
  }

  private static func prune(
    _ number: Int64, _ id: BroadcastID, _ state: Broadcast.State, limit: Int, _ connection: Connection
  ) throws -> Int {
    var deleted = 0
    for statement in statements where deleted < limit {
      try connection.execute(statement.sql, number, limit - deleted)
      deleted += connection.changes
      // A draft may still be started: it has only those who are in it.
      if state == .draft, let of = statement.state {
        try BroadcastTally.add(-connection.changes, of, of: id, connection)
      }
    }
    return deleted
  }

  private static func recipients(_ state: String) -> String {
    """
    DELETE FROM broadcast_recipients WHERE sequence IN (
      SELECT sequence FROM broadcast_recipients WHERE broadcast = ? AND state = '\(state)' LIMIT ?)
    """
  }
}
