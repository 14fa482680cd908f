import Contracts
import Store

/// Two contacts that turn out to be one person: known by the number alone until now, or met under a new id before
/// Meta told of the change.
///
/// The one that stays takes everything. Where both have talked to the same sender, the messages of the one that goes
/// move into the other's conversation, in the order they came (`ConversationMove`); the emptied contact and conversation stay as pointers,
/// so that their ids go on answering.
enum ContactMerge {
  static func merge(_ old: ContactRow, into new: ContactRow, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE contacts SET user_id = NULL, phone_number = NULL, merged_into = ?, updated_at = ? WHERE id = ?
      """, new.id, now, old.id)
    if let number = old.phoneNumber, let kept = new.phoneNumber, number != kept { try new.had(number, connection) }
    try connection.execute("UPDATE contacts SET merged_into = ? WHERE merged_into = ?", new.id, old.id)
    try connection.execute("UPDATE contact_aliases SET contact_id = ? WHERE contact_id = ?", new.id, old.id)
    // What was known before is only added to.
    try new.update(
      ContactFacts(
        userID: new.userID == nil ? old.userID : nil, phoneNumber: new.phoneNumber == nil ? old.phoneNumber : nil,
        name: new.name == nil ? old.name : nil, username: new.username == nil ? old.username : nil,
        parentUserID: new.parentUserID == nil ? old.parentUserID : nil), at: now, connection)
    try OptOuts.merge(old.id, into: new.id, connection)
    // One person takes one place of the portfolio's day.
    try connection.execute("UPDATE OR IGNORE portfolio_slots SET contact_id = ? WHERE contact_id = ?", new.id, old.id)
    try connection.execute("DELETE FROM portfolio_slots WHERE contact_id = ?", old.id)
    try moveConversations(from: old.id, to: new.id, connection)
  }

  private static func moveConversations(from old: String, to new: String, _ connection: Connection) throws {
    let pairs = try connection.all(
      """
      SELECT o.id, n.id
      FROM conversations o LEFT JOIN conversations n ON n.contact_id = ?2 AND n.sender_id = o.sender_id
      WHERE o.contact_id = ?1 AND o.merged_into IS NULL
      """, old, new
    ) { (old: try $0.text(0), new: try $0.optionalText(1)) }
    for pair in pairs {
      if let into = pair.new {
        try moveMessages(from: pair.old, to: into, connection)
      } else {
        try connection.execute("UPDATE conversations SET contact_id = ? WHERE id = ?", new, pair.old)
      }
    }
  }

  private static func moveMessages(from old: String, to new: String, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE conversations
      SET window_expires_at = nullif(max(coalesce(conversations.window_expires_at, 0), coalesce(o.window_expires_at, 0)), 0),
        free_entry_expires_at =
          nullif(max(coalesce(conversations.free_entry_expires_at, 0), coalesce(o.free_entry_expires_at, 0)), 0),
        referred_at = coalesce(conversations.referred_at, o.referred_at),
        -- to Meta both were one pair: what is owed of its rate goes along
        pair_due = max(conversations.pair_due, o.pair_due), pair_tries = max(conversations.pair_tries, o.pair_tries),
        pair_free_at = max(conversations.pair_free_at, o.pair_free_at),
        last_message_at = max(conversations.last_message_at, o.last_message_at)
      FROM conversations o
      WHERE conversations.id = ?2 AND o.id = ?1
      """, old, new)
    try connection.execute("UPDATE conversations SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1", old, new)
    try ConversationEvents.merged(old, into: new, connection)
    try ConversationMove.begin(from: old, into: new, connection)
  }
}
