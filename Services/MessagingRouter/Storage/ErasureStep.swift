import Contracts
import Crypto
import Store

/// A part of an erasure. It is run again and again, in a write of its own each time, until it says that it is done.
///
/// A module with tables about people adds its part to `all`, in front of `messages` where its rows hang on those. What
/// is done must not be undone by doing it again.
struct ErasureStep: Sendable {
  /// For logs.
  var name: String
  /// Whether it may have nothing to do yet because a message is on its way.
  var waitsForSends = false
  /// Does a little, about `limit` rows; true when nothing is left to do.
  var run: @Sendable (_ erasure: inout ContactErasureRow, _ limit: Int, Connection) throws -> Bool

  /// Rows of one write: a few milliseconds of it.
  static let limit = 250

  /// In their order, `told` last: it ends the erasure in its own transaction. A journal names a step by its place here;
  /// as an update may have put in another, every start of the service begins with the first again.
  static let all = [events, media, recipients, messages, uploads, preferences, conversations, aside, told]

  /// The person's conversations, as SQL with the contact's id as `?1`.
  static let conversationsSQL = "SELECT conversation_id FROM erased_conversations WHERE contact_id = ?1"

  /// Events that were not handed over yet: searched in stretches, as they have no index that the busy path would pay
  /// for.
  private static let events = ErasureStep(name: "events") { erasure, limit, connection in
    let end = erasure.position + Int64(limit) * 8
    let first =
      try connection.first("SELECT min(sequence) FROM event_outbox") { try $0.optionalInt64(0) } ?? nil
    try connection.execute(
      """
      DELETE FROM event_outbox
      WHERE sequence > ?2 AND sequence <= ?3 AND conversation_id IN (\(conversationsSQL))
      """, erasure.contact, erasure.position, max(end, (first ?? 0) + Int64(limit) * 8))
    erasure.position = max(end, (first ?? 0) + Int64(limit) * 8)
    let last = try connection.first("SELECT max(sequence) FROM event_outbox") { try $0.optionalInt64(0) } ?? nil
    guard erasure.position >= last ?? 0 else { return false }
    try connection.execute(
      "DELETE FROM event_outbox_refused WHERE conversation_id IN (\(conversationsSQL))", erasure.contact)
    return true
  }

  /// Files and rows of media.
  private static let media = ErasureStep(name: "media") { erasure, limit, connection in
    try MediaErasure.erase(erasedContact: erasure.contact, limit: limit, connection) < limit
  }

  /// Broadcasts that the person waits in, where there are more than the beginning has taken out: where a message was
  /// made of it, the row goes with the message.
  private static let recipients = ErasureStep(name: "recipients") { erasure, limit, connection in
    try BroadcastRecipients.erase(
      contacts: try erasure.people(connection), phoneNumbers: erasure.words.phoneNumbers, account: erasure.account,
      limit: limit, connection) == 0
  }

  private static let messages = ErasureStep(name: "messages", waitsForSends: true) { erasure, limit, connection in
    let found = try connection.all(
      """
      SELECT m.id, m.sender_id, m.meta_message_id FROM erased_conversations e
      JOIN messages m ON m.conversation_id = e.conversation_id
      WHERE e.contact_id = ?1 AND m.status != 'sending'
      LIMIT ?2
      """, erasure.contact, limit
    ) { (id: try $0.text(0), sender: try $0.text(1), meta: try $0.optionalText(2)) }
    for message in found {
      if let meta = message.meta {
        try ForgottenMessages.note(metaMessageID: meta, sender: message.sender, at: erasure.requestedAt, connection)
        try connection.execute(
          "DELETE FROM held_statuses WHERE sender_id = ? AND meta_message_id = ?", message.sender, meta)
      }
      try Retention.delete(message: message.id, connection)
    }
    erasure.messages += found.count
    if found.count == limit { return false }
    // One that is on its way is waited for: what comes of it is stored with it.
    let isSending = try connection.first(
      """
      SELECT 1 FROM erased_conversations e JOIN messages m ON m.conversation_id = e.conversation_id
      WHERE e.contact_id = ?1 LIMIT 1
      """, erasure.contact, map: { _ in true })
    return isSending != true
  }

  /// Copies at Meta of what the business sent to nobody else; behind the messages, as one on its way uploads.
  private static let uploads = ErasureStep(name: "uploads") { erasure, limit, connection in
    try MediaUses.withdraw(
      erasedContact: erasure.contact, limit: limit, at: erasure.requestedAt, connection) < limit
  }

  private static let preferences = ErasureStep(name: "preferences") { erasure, limit, connection in
    let people = "SELECT id FROM contacts WHERE id = ?1 OR merged_into = ?1"
    try connection.execute(
      "DELETE FROM contact_preferences WHERE contact_id IN (\(people))", erasure.contact)
    try connection.execute(
      """
      DELETE FROM contact_preference_changes WHERE id IN (
        SELECT id FROM contact_preference_changes WHERE contact_id IN (\(people)) LIMIT ?2)
      """, erasure.contact, limit)
    return connection.changes < limit
  }

  private static let conversations = ErasureStep(name: "conversations") { erasure, _, connection in
    let contact = erasure.contact
    try connection.execute(
      "DELETE FROM conversation_sessions WHERE conversation_id IN (\(conversationsSQL))", contact)
    try connection.execute(
      "DELETE FROM conversation_moves WHERE conversation_id IN (\(conversationsSQL))", contact)
    // Merged ones name the one they were merged into.
    try connection.execute(
      "UPDATE conversations SET merged_into = NULL WHERE merged_into IN (\(conversationsSQL))", contact)
    try connection.execute("DELETE FROM conversations WHERE id IN (\(conversationsSQL))", contact)
    try connection.execute("DELETE FROM contacts WHERE merged_into = ?", contact)
    try connection.execute("DELETE FROM contacts WHERE id = ?", contact)
    return true
  }

  /// Raw entries of Meta's that could not be stored and name the person.
  private static let aside = ErasureStep(name: "set aside") { erasure, limit, connection in
    let rows = try connection.all(
      "SELECT id FROM inbox_poison WHERE id > ? ORDER BY id LIMIT ?", erasure.position, limit
    ) { try $0.int64(0) }
    guard let last = rows.last else { return true }
    for word in erasure.words.quoted {
      try connection.execute(
        """
        DELETE FROM inbox_poison WHERE id > ? AND id <= ? AND instr(raw, CAST(? AS BLOB)) > 0
        """, erasure.position, last, word)
    }
    erasure.position = last
    return rows.count < limit
  }

  /// `receipts` forgets as well: the order goes behind all that was said.
  private static let told = ErasureStep(name: "told") { erasure, _, connection in
    let conversations = try connection.all(
      "SELECT conversation_id FROM erased_conversations WHERE contact_id = ?1", erasure.contact
    ) { ConversationID(trusted: try $0.text(0)) }
    try AutomationOutbox.erased(
      conversations, account: AccountID(trusted: erasure.account), at: erasure.requestedAt, connection)
    try connection.execute("DELETE FROM erased_conversations WHERE contact_id = ?", erasure.contact)
    return true
  }
}
