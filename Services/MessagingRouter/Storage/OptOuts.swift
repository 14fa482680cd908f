import Contracts
import Crypto
import GraphAPI
import Store

/// What contacts do not want to hear of, and since when.
enum OptOuts {
  /// The one category that people can refuse.
  static let marketing = "marketing"

  /// Whether nothing of marketing may be sent to this contact. One look into an index.
  static func blocksMarketing(contact: String, sender: SenderRow, _ connection: Connection) throws -> Bool {
    try blocksMarketing(contact: contact, account: sender.account.text, connection)
  }

  static func blocksMarketing(contact: String, account: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM contact_preferences
      WHERE contact_id = ? AND category = 'marketing' AND account_id = ? AND is_opted_out = 1
      """, contact, account, map: { _ in true }) ?? false
  }

  /// Somebody's word about one category. The later one counts; a late one is kept in the history only. False when it
  /// was known.
  @discardableResult
  static func record(_ word: PreferenceWord, at now: Int64, _ connection: Connection) throws -> Bool {
    try connection.execute(
      """
      INSERT OR IGNORE INTO contact_preference_changes (id, account_id, contact_id, category, is_opted_out, source,
        sender_id, message_id, detail, actor, said_at, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, "pch_" + ULID.make(milliseconds: now), word.account, word.contact, word.category, word.isOptedOut,
      word.source.rawValue, word.sender?.text, word.message, word.detail, word.actor, word.saidAt, now)
    if connection.changes == 0 { return false }
    try connection.execute(
      """
      INSERT INTO contact_preferences (contact_id, category, account_id, is_opted_out, source, said_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (contact_id, category) DO UPDATE
      SET is_opted_out = excluded.is_opted_out, source = excluded.source, said_at = excluded.said_at,
        updated_at = excluded.updated_at
      WHERE excluded.said_at >= said_at
      """, word.contact, word.category, word.account, word.isOptedOut, word.source.rawValue, word.saidAt, now)
    return true
  }

  /// Meta passes a customer's own choice on (`user_preferences`).
  static func store(
    _ preference: WebhookPreference, sender: SenderRow, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    guard preference.category == "marketing_messages",
      let isOptedOut = ["stop": true, "resume": false][preference.value]
    else { return .ignored }
    let contact = try ContactRow.learn(
      try ContactFacts(preference.customer), sender: sender, at: now, connection)
    let isNew = try record(
      PreferenceWord(
        account: sender.account.text, contact: contact, isOptedOut: isOptedOut, source: .userPreferences,
        sender: sender.id, detail: preference.detail, saidAt: min(preference.timestamp, now)), at: now, connection)
    return isNew ? .stored : .duplicate
  }

  /// Meta refused a message because its reader has stopped marketing (131050). Told of each message: kept once.
  static func refused(
    message: String, contact: String, account: String, sender: SenderID, detail: String?, saidAt: Int64, at now: Int64,
    _ connection: Connection
  ) throws {
    let isKnown = try connection.first(
      "SELECT 1 FROM contact_preferences WHERE contact_id = ? AND category = 'marketing' AND is_opted_out = 1", contact,
      map: { _ in true })
    if isKnown == true { return }
    try record(
      PreferenceWord(
        account: account, contact: contact, isOptedOut: true, source: .sendError, sender: sender, message: message,
        detail: detail, saidAt: min(saidAt, now)), at: now, connection)
  }

  /// One person's two contacts become one: the later word of both counts, the history is one.
  static func merge(_ old: String, into new: String, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO contact_preferences (contact_id, category, account_id, is_opted_out, source, said_at, updated_at)
      SELECT ?2, category, account_id, is_opted_out, source, said_at, updated_at
      FROM contact_preferences WHERE contact_id = ?1
      ON CONFLICT (contact_id, category) DO UPDATE
      SET is_opted_out = excluded.is_opted_out, source = excluded.source, said_at = excluded.said_at,
        updated_at = excluded.updated_at
      WHERE excluded.said_at > said_at
      """, old, new)
    try connection.execute("DELETE FROM contact_preferences WHERE contact_id = ?", old)
    try connection.execute(
      "UPDATE OR IGNORE contact_preference_changes SET contact_id = ?2 WHERE contact_id = ?1", old, new)
  }
}
