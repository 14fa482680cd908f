import Contracts
import Store

/// Which uploads of a business went to whom, so that what only one person got can be taken back at Meta.
enum MediaUses {
  /// Meta keeps an upload for so long, in milliseconds.
  static let kept: Int64 = 30 * 86_400_000

  /// Files of a message that was queued; a broadcast has no conversation of its own.
  static func note(_ files: Set<MediaID>, conversation: String?, _ connection: Connection) throws {
    for file in files {
      try connection.execute(
        "INSERT OR IGNORE INTO media_uses (media_id, conversation_id) SELECT id, ?2 FROM media WHERE id = ?1",
        file.text,
        conversation ?? "")
    }
  }

  /// Forgets up to `limit` uses of a person who is being erased, and has Meta remove the copies that nobody else was
  /// sent. The business's own file stays: sent again, it is uploaded again. Fewer than `limit` means that there are no
  /// more.
  static func withdraw(erasedContact contact: String, limit: Int, at now: Int64, _ connection: Connection) throws -> Int
  {
    let files = try connection.all(
      """
      SELECT DISTINCT u.media_id
      FROM erased_conversations e
      JOIN media_uses u ON u.conversation_id = e.conversation_id AND u.conversation_id <> ''
      WHERE e.contact_id = ? LIMIT ?
      """, contact, limit
    ) { try $0.text(0) }
    for file in files {
      try connection.execute(
        """
        DELETE FROM media_uses
        WHERE media_id = ?2
          AND conversation_id IN (SELECT conversation_id FROM erased_conversations WHERE contact_id = ?1)
        """, contact, file)
      let isOthers = try connection.first(
        "SELECT EXISTS (SELECT 1 FROM media_uses WHERE media_id = ?)", file, map: { try $0.bool(0) })
      if isOthers == true { continue }
      try connection.execute(
        """
        INSERT INTO media_removals (phone_number_id, meta_media_id, due_at, ends_at)
        SELECT phone_number_id, meta_media_id, ?2, uploaded_at + ?3 FROM media_uploads WHERE media_id = ?1
        """, file, now, kept)
      try connection.execute("DELETE FROM media_uploads WHERE media_id = ?", file)
    }
    return files.count
  }
}
