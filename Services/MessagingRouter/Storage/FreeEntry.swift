import Store

/// The free entry point: an advertisement brought the customer, and the business answered within a day. From that
/// answer on messages cost nothing for three days. It is a price and no permission: the window stays what it is.
enum FreeEntry {
  /// In milliseconds: how long an answer makes it free, and how late that may come.
  static let period: Int64 = 72 * 3_600_000
  static let patience: Int64 = 24 * 3_600_000

  /// An answer was sent at `sentAt` to a customer who came at `referredAt`.
  static func answered(
    _ conversation: String, referredAt: Int64, sentAt: Int64, _ connection: Connection
  ) throws {
    // What was written before they came is no answer.
    guard sentAt >= referredAt else { return }
    let expires = sentAt <= referredAt + patience ? sentAt + period : nil
    try connection.execute(
      """
      UPDATE conversations
      SET referred_at = NULL, free_entry_expires_at = coalesce(?, free_entry_expires_at)
      WHERE id = ? AND referred_at = ?
      """, expires, conversation, referredAt)
  }

  /// Meta says itself until when.
  static func told(_ expiresAt: Int64, conversation: String, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE conversations SET referred_at = NULL, free_entry_expires_at = ?1
      WHERE id = ?2 AND free_entry_expires_at IS NOT ?1
      """, expiresAt, conversation)
  }
}
