import Contracts
import JSON
import Store

/// What becomes of a message whose writer edits or removes it, whichever of the two comes first.
///
/// The edit or removal stays a message of its own. One that comes before its message waits in its own row, which that
/// message looks for when it is stored.
enum Revisions {
  /// Earlier versions that are kept of a message.
  static let versionsKept = 10
  /// Revisions of one message that are looked at when it comes at last.
  static let joinedAtOnce = 100

  /// Meta's types of messages that are about another one and are nobody's words.
  static func isRevision(_ type: String) -> Bool { type == "edit" || type == "revoke" }

  /// An edit or a removal was stored as `row`. True when a message has lost what it carried.
  static func take(_ revision: MessageRevision, from row: StoredMessage, at now: Int64, _ connection: Connection) throws
    -> Bool
  {
    guard let original = revision.metaMessageID else { return false }
    let isRemoval = revision.kind == "revoke"
    if let message = try RevisedMessage.find(metaID: original, row, connection) {
      return try apply(
        Change(row: row.id, isRemoval: isRemoval, text: revision.text, at: row.providerAt), to: message, at: now,
        connection)
    }
    try connection.execute("UPDATE messages SET awaits_meta_id = ? WHERE id = ?", original, row.id)
    if isRemoval {
      // What was removed is not to be read in its edits either.
      for change in try waiting(for: original, row, connection) where !change.isRemoval {
        try blank(change.row, connection)
      }
    }
    return false
  }

  /// A message was stored: what came of it before is applied. Nil when nothing did.
  static func join(_ row: StoredMessage, at now: Int64, _ connection: Connection) throws -> RevisedMessage? {
    let changes = try waiting(for: row.metaMessageID, row, connection)
    if changes.isEmpty { return nil }
    for change in changes {
      guard let message = try RevisedMessage.find(metaID: row.metaMessageID, row, connection) else { return nil }
      _ = try apply(change, to: message, at: now, connection)
    }
    return try RevisedMessage.find(metaID: row.metaMessageID, row, connection)
  }

  private struct Change {
    var row: String
    var isRemoval: Bool
    var text: String?
    /// Meta's time.
    var at: Int64
  }

  /// In the order of their times. Only what the same side of the same conversation said counts.
  private static func waiting(for metaID: String, _ row: StoredMessage, _ connection: Connection) throws -> [Change] {
    try connection.all(
      """
      SELECT id, type, text, coalesce(provider_at, created_at) FROM messages
      WHERE sender_id = ?1 AND awaits_meta_id = ?2 AND direction = ?3 AND \(RevisedMessage.isIn("?4"))
      ORDER BY provider_at, sequence LIMIT ?5
      """, row.sender.text, metaID, row.direction.rawValue, row.conversation, joinedAtOnce
    ) {
      Change(
        row: try $0.text(0), isRemoval: try $0.text(1) == "revoke", text: try $0.optionalText(2), at: try $0.int64(3))
    }
  }

  /// True when the message has lost what it carried.
  private static func apply(
    _ change: Change, to message: RevisedMessage, at now: Int64, _ connection: Connection
  ) throws -> Bool {
    try connection.execute(
      "UPDATE messages SET revises = ?, awaits_meta_id = NULL WHERE id = ?", message.id, change.row)
    if message.revokedAt != nil {
      try blank(change.row, connection)
      return false
    }
    guard change.isRemoval else {
      var message = message
      message.say(change.text, at: change.at)
      try message.store(at: now, connection)
      return false
    }
    try message.remove(at: change.at, now: now, connection)
    for edit in try connection.all(
      "SELECT id FROM messages WHERE revises = ? AND type = 'edit'", message.id, map: { try $0.text(0) })
    {
      try blank(edit, connection)
    }
    return true
  }

  /// An edit of something that was removed keeps nothing but what it is about.
  private static func blank(_ edit: String, _ connection: Connection) throws {
    let content = try connection.first("SELECT content FROM messages WHERE id = ?", edit) { try $0.optionalBlob(0) }
    var carried = try (content ?? nil).map { try JSONCoder.decode(MessageContent.self, from: $0) }
    carried?.revision?.text = nil
    try connection.execute(
      "UPDATE messages SET text = NULL, raw = NULL, content = ? WHERE id = ?", carried?.json, edit)
  }
}
