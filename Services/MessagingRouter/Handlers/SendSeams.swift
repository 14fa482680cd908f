import Contracts
import Store

/// What sending asks of the other parts of this service, in one place.
enum SendSeams {
  /// What is known of a stored file; nil when the account has none of this id, or its bytes are gone.
  static func media(_ id: MediaID, account: String, _ connection: Connection) throws -> MediaFacts? {
    guard let row = try MediaRow.find(id: id, account: account, connection), row.state == .available else { return nil }
    return MediaFacts(mimeType: row.mimeType, bytes: row.bytes.map { Int64($0) })
  }

  /// Which template of the sender's account is meant, its category in lower case and what it will read like. Throws
  /// `TEMPLATE_NOT_FOUND`, `TEMPLATE_NOT_SYNCED`, `TEMPLATE_NOT_APPROVED`, `TEMPLATE_MISMATCH`,
  /// `MESSAGING_LIMIT_UNAVAILABLE`, `VOICE_CALL_LIMIT_NOT_MET`.
  static func template(
    _ content: TemplateMessage, sender: SenderRow, _ connection: Connection
  ) throws -> (id: TemplateID?, category: String?, text: String?) {
    let found = try TemplateCheck.resolve(content, sender: sender, connection)
    return (found.id, found.category, found.text)
  }

  /// Until when a conversation costs nothing, in milliseconds.
  static func freeEntryExpiresAt(conversation: String, _ connection: Connection) throws -> Int64? {
    try connection.first(
      "SELECT free_entry_expires_at FROM conversations WHERE id = ?", conversation, map: { try $0.optionalInt64(0) })
      ?? nil
  }
}
