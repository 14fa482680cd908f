import Contracts
import Crypto
import JSON
import Store

/// The erasure of a person: a journal of what is done, carried on after a crash.
struct ContactErasureRow: Sendable {
  var contact: String
  var account: String
  var words: ErasureWords
  /// The place in `ErasureStep.all`.
  var step: Int
  /// How far that step is; its own business.
  var position: Int64
  var messages: Int
  var requestedAt: Int64
  var finishedAt: Int64?

  private static let columns =
    "contact_id, account_id, words, step, position, messages, requested_at, finished_at"

  /// Rows of broadcasts that the beginning takes out, for each name: as many as a person can be thought to wait in.
  private static let recipientsAtOnce = 2_000

  /// Begins it: in one transaction the person is out of reach, nothing more is sent, and the rest is noted down. Asked
  /// again, it answers with the one that is there; nil when the account has no such contact.
  static func begin(contact: String, account: String, at now: Int64, _ connection: Connection) throws
    -> ContactErasureRow?
  {
    if let known = try find(contact: contact, account: account, connection) { return known }
    // The id of a contact that turned out to be another one stands for that one.
    let contact =
      try connection.first(
        "SELECT coalesce(merged_into, id) FROM contacts WHERE id = ? AND account_id = ?", contact, account,
        map: { try $0.text(0) }) ?? contact
    let people = try connection.all(
      "SELECT id, user_id, phone_number FROM contacts WHERE account_id = ?1 AND (id = ?2 OR merged_into = ?2)",
      account, contact
    ) { (id: try $0.text(0), user: try $0.optionalText(1), phone: try $0.optionalText(2)) }
    guard people.contains(where: { $0.id == contact }) else { return nil }
    var words = ErasureWords(userIDs: people.compactMap(\.user), phoneNumbers: people.compactMap(\.phone))
    for key in try connection.all(
      "SELECT key FROM contact_aliases WHERE contact_id = ?", contact, map: { try $0.text(0) })
    {
      if key.hasPrefix("+") { words.phoneNumbers.append(key) } else { words.userIDs.append(key) }
    }
    words.formerNumbers = try people.flatMap { person in
      try connection.all(
        "SELECT phone_number FROM contact_former_numbers WHERE contact_id = ?", person.id, map: { try $0.text(0) })
    }
    try connection.execute(
      "INSERT INTO contact_erasures (contact_id, account_id, words, requested_at) VALUES (?, ?, ?, ?)", contact,
      account, try JSONCoder.encode(words), now)
    for person in people {
      try hide(person: person.id, of: contact, at: now, connection)
      if person.id == contact { continue }
      try connection.execute(
        "INSERT OR IGNORE INTO erased_contacts (id, account_id, erasure) VALUES (?, ?, ?)", person.id, account, contact)
    }
    // A broadcast that runs would write to them, and make a new contact of the number.
    _ = try BroadcastRecipients.erase(
      contacts: people.map(\.id), phoneNumbers: words.phoneNumbers, account: account, limit: recipientsAtOnce,
      connection)
    return try find(contact: contact, account: account, connection)
  }

  /// A contact and its conversations leave the account: no call finds them, no message finds the contact, no assistant
  /// answers, nothing that waits is sent.
  private static func hide(person: String, of contact: String, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT OR IGNORE INTO erased_conversations (conversation_id, contact_id)
      SELECT id, ? FROM conversations WHERE contact_id = ?
      """, contact, person)
    try connection.execute(
      """
      UPDATE messages SET status = 'cancelled', text = NULL, content = NULL, updated_at = ?
      WHERE status = 'queued' AND conversation_id IN (SELECT id FROM conversations WHERE contact_id = ?)
      """, now, person)
    try connection.execute(
      "DELETE FROM turns WHERE lane IN (SELECT id FROM conversations WHERE contact_id = ?)", person)
    try connection.execute(
      """
      UPDATE conversation_sessions SET due_at = NULL
      WHERE conversation_id IN (SELECT id FROM conversations WHERE contact_id = ?)
      """, person)
    try connection.execute(
      "UPDATE conversations SET account_id = '', window_expires_at = NULL WHERE contact_id = ?", person)
    try connection.execute("DELETE FROM contact_aliases WHERE contact_id = ?", person)
    try connection.execute(
      """
      UPDATE contacts
      SET account_id = '', portfolio_id = '', user_id = NULL, phone_number = NULL, name = NULL, username = NULL,
        parent_user_id = NULL
      WHERE id = ?
      """, person)
  }

  /// By the id of the contact, or by one that was merged into it.
  static func find(contact: String, account: String, _ connection: Connection) throws -> ContactErasureRow? {
    try connection.first(
      """
      SELECT \(columns) FROM contact_erasures
      WHERE account_id = ?2 AND contact_id = coalesce(
        (SELECT erasure FROM erased_contacts WHERE id = ?1 AND account_id = ?2), ?1)
      """, contact, account, map: Self.init)
  }

  /// The ids of all contacts that were this person's.
  func people(_ connection: Connection) throws -> [String] {
    try [contact]
      + connection.all("SELECT id FROM erased_contacts WHERE erasure = ?", contact, map: { try $0.text(0) })
  }

  /// At start-up: what is done already finds nothing to do.
  static func beginAnew(_ connection: Connection) throws {
    try connection.execute("UPDATE contact_erasures SET step = 0, position = 0, retry_at = 0 WHERE finished_at IS NULL")
  }

  /// The one under way that was asked for first, of those that need not wait.
  static func running(at now: Int64, _ connection: Connection) throws -> ContactErasureRow? {
    try connection.first(
      """
      SELECT \(columns) FROM contact_erasures
      WHERE finished_at IS NULL AND retry_at <= ? ORDER BY requested_at LIMIT 1
      """, now, map: Self.init)
  }

  /// When the first of those that wait goes on; nil when none is under way.
  static func next(_ connection: Connection) throws -> Int64? {
    try connection.first("SELECT min(retry_at) FROM contact_erasures WHERE finished_at IS NULL") {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// Lets the others go first until a moment.
  static func putOff(contact: String, until moment: Int64, _ connection: Connection) throws {
    try connection.execute("UPDATE contact_erasures SET retry_at = ? WHERE contact_id = ?", moment, contact)
  }

  var view: ContactErasure {
    ContactErasure(
      contactID: ContactID(trusted: contact), state: finishedAt == nil ? .running : .done, messages: messages,
      requestedAt: Timestamp(milliseconds: requestedAt),
      finishedAt: finishedAt.map { Timestamp(milliseconds: $0) })
  }

  func save(_ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE contact_erasures SET step = ?, position = ?, messages = ?, finished_at = ?,
        words = iif(?4 IS NULL, words, NULL)
      WHERE contact_id = ?
      """, step, position, messages, finishedAt, contact)
  }

  private init(_ row: Row) throws {
    contact = try row.text(0)
    account = try row.text(1)
    words =
      try row.optionalBlob(2).map { try JSONCoder.decode(ErasureWords.self, from: $0) }
      ?? ErasureWords(userIDs: [], phoneNumbers: [])
    step = try row.int(3)
    position = try row.int64(4)
    messages = try row.int(5)
    requestedAt = try row.int64(6)
    finishedAt = try row.optionalInt64(7)
  }
}
