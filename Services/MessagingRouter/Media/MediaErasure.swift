import Contracts
import Store

/// Takes what people sent, and what was sent to them, out of the store.
enum MediaErasure {
  /// Forgets the media that came with a message: the rows at once, the files soon after the commit. Belongs in the
  /// transaction that erases the message; wake the media's retention afterwards. Answers how many there were.
  ///
  /// What a business uploaded is not the person's: another message may carry it.
  static func erase(message: MessageID, account: String, _ connection: Connection) throws -> Int {
    let ids = try connection.all(
      "SELECT id FROM media WHERE message_id = ? AND account_id = ?", message.text, account
    ) { MediaID(trusted: try $0.text(0)) }
    for id in ids { try connection.forgetMedia(id) }
    return ids.count
  }

  /// The same for up to `limit` media of a person who is being erased; fewer than `limit` means that there are no more.
  static func erase(erasedContact contact: String, limit: Int, _ connection: Connection) throws -> Int {
    let ids = try connection.all(
      """
      SELECT d.id
      FROM erased_conversations e
      JOIN messages m ON m.conversation_id = e.conversation_id
      JOIN media d ON d.message_id = m.id
      WHERE e.contact_id = ?
      LIMIT ?
      """, contact, limit
    ) { MediaID(trusted: try $0.text(0)) }
    for id in ids { try connection.forgetMedia(id) }
    return ids.count
  }
}
