import Crypto
import Store

/// Messages that were erased, for as long as Meta may deliver them again. Their ids are kept as hashes: Meta's own have
/// the person's number in them.
enum ForgottenMessages {
  /// Meta repeats a webhook for seven days.
  static let keptMilliseconds: Int64 = 8 * 86_400_000

  static func note(metaMessageID: String, sender: String, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      "INSERT OR IGNORE INTO forgotten_messages (sender_id, hash, at) VALUES (?, ?, ?)", sender, hash(metaMessageID),
      now
    )
  }

  /// Whether a message of this sender is stored, or was erased: in either case it is no news.
  static func isStoredOrForgotten(metaMessageID: String, sender: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM messages WHERE sender_id = ?1 AND meta_message_id = ?2
      UNION ALL SELECT 1 FROM forgotten_messages WHERE sender_id = ?1 AND hash = ?3
      LIMIT 1
      """, sender, metaMessageID, hash(metaMessageID), map: { _ in true }) ?? false
  }

  static func isForgotten(metaMessageID: String, sender: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM forgotten_messages WHERE sender_id = ? AND hash = ?", sender, hash(metaMessageID),
      map: { _ in true }) ?? false
  }

  /// Those that Meta does not deliver any more; how many.
  static func prune(at now: Int64, limit: Int, _ connection: Connection) throws -> Int {
    try connection.execute(
      """
      DELETE FROM forgotten_messages WHERE (sender_id, hash) IN (
        SELECT sender_id, hash FROM forgotten_messages WHERE at < ? ORDER BY at LIMIT ?)
      """, now - keptMilliseconds, limit)
    return connection.changes
  }

  private static func hash(_ metaMessageID: String) -> [UInt8] {
    Array(SHA256.hash(Array(metaMessageID.utf8)).prefix(16))
  }
}
