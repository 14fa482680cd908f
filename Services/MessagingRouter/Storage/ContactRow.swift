import Contracts
import Crypto
import Store

/// A customer within a business portfolio: joined by Meta's user id or by number, either may come later.
struct ContactRow: Sendable {
  var id: String
  var userID: String?
  var phoneNumber: String?
  var name: String?

  private static let columns = "id, user_id, phone_number, name"

  /// Finds or makes the contact, and learns what is new of it.
  static func learn(
    userID: String?, phoneNumber: String?, name: String?, sender: SenderRow, at now: Int64, _ connection: Connection
  ) throws -> String {
    let byUser = try userID.flatMap { try find("user_id", $0, sender, connection) }
    let byPhone = try phoneNumber.flatMap { try find("phone_number", $0, sender, connection) }
    guard let known = byUser ?? byPhone else {
      return try insert(userID: userID, phoneNumber: phoneNumber, name: name, sender: sender, at: now, connection)
    }
    if let byUser, let byPhone, byUser.id != byPhone.id {
      // The number now belongs to this user id: it moves over, with what was said before the id was known.
      try connection.execute("UPDATE contacts SET phone_number = NULL WHERE id = ?", byPhone.id)
      if byPhone.userID == nil { try moveConversations(from: byPhone.id, to: byUser.id, connection) }
    } else if let userID, let other = known.userID, other != userID {
      // The number's old holder keeps its history; whoever writes now is somebody else.
      try connection.execute("UPDATE contacts SET phone_number = NULL WHERE id = ?", known.id)
      return try insert(userID: userID, phoneNumber: phoneNumber, name: name, sender: sender, at: now, connection)
    }
    try connection.execute(
      """
      UPDATE contacts
      SET user_id = coalesce(?1, user_id), phone_number = coalesce(?2, phone_number), name = coalesce(?3, name), updated_at = ?4
      WHERE id = ?5
        AND (user_id IS NOT coalesce(?1, user_id) OR phone_number IS NOT coalesce(?2, phone_number)
          OR name IS NOT coalesce(?3, name))
      """, userID, phoneNumber, name, now, known.id)
    return known.id
  }

  /// The contact that a business wants to write to, found or made: by user id, by number, or by both.
  static func forSending(
    phoneNumber: String?, userID: String? = nil, name: String? = nil, sender: SenderRow, at now: Int64,
    _ connection: Connection
  ) throws -> String {
    let byUser = try userID.flatMap { try find("user_id", $0, sender, connection) }
    if let byUser { return byUser.id }
    if let phoneNumber, let byPhone = try find("phone_number", phoneNumber, sender, connection) { return byPhone.id }
    return try insert(userID: userID, phoneNumber: phoneNumber, name: name, sender: sender, at: now, connection)
  }

  /// A customer told Meta of a new number: the contact and its conversations stay, under the new number and id.
  static func changed(
    _ contact: String, userID: String?, phoneNumber: String?, sender: SenderRow, at now: Int64,
    _ connection: Connection
  ) throws {
    for (column, value) in [("user_id", userID), ("phone_number", phoneNumber)] {
      guard let value else { continue }
      if let other = try find(column, value, sender, connection), other.id != contact {
        try connection.execute("UPDATE contacts SET \(column) = NULL WHERE id = ?", other.id)
      }
      try connection.execute(
        "UPDATE contacts SET \(column) = ?, updated_at = ? WHERE id = ?", value, now, contact)
    }
  }

  /// Where both have talked to the same sender, the older conversation stays as it was.
  private static func moveConversations(from old: String, to new: String, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE conversations SET contact_id = ?2
      WHERE contact_id = ?1
        AND sender_id NOT IN (SELECT sender_id FROM conversations WHERE contact_id = ?2)
      """, old, new)
  }

  private static func insert(
    userID: String?, phoneNumber: String?, name: String?, sender: SenderRow, at now: Int64, _ connection: Connection
  ) throws -> String {
    let id = "con_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO contacts (id, account_id, portfolio_id, user_id, phone_number, name, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, id, sender.account.text, sender.portfolio, userID, phoneNumber, name, now, now)
    return id
  }

  static func find(phoneNumber: String, sender: SenderRow, _ connection: Connection) throws -> ContactRow? {
    try find("phone_number", phoneNumber, sender, connection)
  }

  private static func find(_ column: String, _ value: String, _ sender: SenderRow, _ connection: Connection) throws
    -> ContactRow?
  {
    if let found = try find(column, value, sender.portfolio, sender, connection) { return found }
    // Stored while the portfolio was not known yet: it belongs there from now on.
    for scope in sender.formerScopes {
      guard let found = try find(column, value, scope, sender, connection) else { continue }
      try connection.execute("UPDATE OR IGNORE contacts SET portfolio_id = ? WHERE id = ?", sender.portfolio, found.id)
      if connection.changes == 1 { return found }
    }
    return nil
  }

  private static func find(
    _ column: String, _ value: String, _ scope: String, _ sender: SenderRow, _ connection: Connection
  ) throws -> ContactRow? {
    try connection.first(
      "SELECT \(columns) FROM contacts WHERE account_id = ? AND portfolio_id = ? AND \(column) = ?",
      sender.account.text, scope, value, map: Self.init)
  }

  private init(_ row: Row) throws {
    id = try row.text(0)
    userID = try row.optionalText(1)
    phoneNumber = try row.optionalText(2)
    name = try row.optionalText(3)
  }
}
