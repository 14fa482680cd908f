import Contracts
import Store

extension OptOuts {
  /// A page of what was said about a contact, newest first.
  static func changes(
    of contact: ContactID, account: String, before: String?, limit: Int, _ connection: Connection
  ) throws -> [PreferenceChange] {
    try connection.all(
      """
      SELECT id, contact_id, category, is_opted_out, source, sender_id, message_id, detail, actor, said_at, created_at
      FROM contact_preference_changes
      WHERE contact_id = ? AND account_id = ? AND id < ?
      ORDER BY id DESC LIMIT ?
      """, contact.text, account, before ?? "~", limit
    ) { row in
      PreferenceChange(
        id: PreferenceChangeID(trusted: try row.text(0)), contactID: ContactID(trusted: try row.text(1)),
        category: try row.text(2), isOptedOut: try row.bool(3),
        source: PreferenceChange.Source(rawValue: try row.text(4)) ?? .operator,
        senderID: try row.optionalText(5).map { SenderID(trusted: $0) },
        messageID: try row.optionalText(6).map { MessageID(trusted: $0) }, detail: try row.optionalText(7),
        actor: try row.optionalText(8), saidAt: Timestamp(milliseconds: try row.int64(9)),
        createdAt: Timestamp(milliseconds: try row.int64(10)))
    }
  }
}
