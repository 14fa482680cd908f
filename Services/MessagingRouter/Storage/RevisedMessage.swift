import Contracts
import JSON
import Store

/// A message as its writer's edits and removals change it.
struct RevisedMessage: Sendable {
  let id: String
  let account: String
  private(set) var text: String?
  /// JSON of MessageContent.
  private(set) var content: [UInt8]?
  /// When its words were written, by Meta's time.
  private var writtenAt: Int64
  private var editedAt: Int64?
  let revokedAt: Int64?
  private var versions: [MessageVersion]

  /// The condition that a message is in a conversation, or in one that was merged into it.
  static func isIn(_ conversation: String) -> String {
    """
    conversation_id IN (
      SELECT \(conversation) UNION ALL SELECT id FROM conversations WHERE merged_into = \(conversation))
    """
  }

  /// The one that Meta calls so, if it is of the same side of the same conversation as `row`: nobody changes what
  /// others have written.
  static func find(metaID: String, _ row: StoredMessage, _ connection: Connection) throws -> RevisedMessage? {
    try connection.first(
      """
      SELECT id, account_id, text, content, coalesce(provider_at, created_at), edited_at, revoked_at, earlier_versions
      FROM messages
      WHERE sender_id = ?1 AND meta_message_id = ?2 AND direction = ?3 AND type NOT IN ('edit', 'revoke')
        AND \(isIn("?4"))
      """, row.sender.text, metaID, row.direction.rawValue, row.conversation, map: Self.init)
  }

  private init(_ row: Row) throws {
    id = try row.text(0)
    account = try row.text(1)
    text = try row.optionalText(2)
    content = try row.optionalBlob(3)
    editedAt = try row.optionalInt64(5)
    writtenAt = try editedAt ?? row.int64(4)
    revokedAt = try row.optionalInt64(6)
    versions = try row.optionalBlob(7).map { try JSONCoder.decode([MessageVersion].self, from: $0) } ?? []
  }

  /// Its writer has changed the words. An edit that comes behind a later one is history at once.
  mutating func say(_ words: String?, at moment: Int64) {
    var version = MessageVersion(text: words, writtenAt: Timestamp(milliseconds: moment))
    if moment >= writtenAt {
      version = MessageVersion(text: text, writtenAt: Timestamp(milliseconds: writtenAt))
      text = words
      writtenAt = moment
    }
    editedAt = writtenAt
    let place = versions.lastIndex { $0.writtenAt <= version.writtenAt }.map { $0 + 1 } ?? 0
    versions.insert(version, at: place)
    versions = Array(versions.suffix(Revisions.versionsKept))
  }

  func store(at now: Int64, _ connection: Connection) throws {
    var carried = try content.map { try JSONCoder.decode(MessageContent.self, from: $0) }
    if carried?.media != nil { carried?.media?.caption = text }
    try connection.execute(
      """
      UPDATE messages SET text = ?, content = ?, edited_at = ?, earlier_versions = ?, updated_at = ? WHERE id = ?
      """, text, carried?.json, editedAt, try JSONCoder.encode(versions), now, id)
  }

  /// Its writer has removed it: what it said and carried goes, and no assistant answers it any more.
  func remove(at moment: Int64, now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE messages
      SET text = NULL, content = NULL, raw = NULL, earlier_versions = NULL, revoked_at = ?, updated_at = ?
      WHERE id = ?
      """, moment, now, id)
    _ = try MediaErasure.erase(message: MessageID(trusted: id), account: account, connection)
    // One that is being answered right now is refused by `TurnRow.reply`.
    try connection.execute("DELETE FROM turns WHERE id = ? AND state = 'ready' AND leased_until IS NULL", id)
  }
}
