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
      // The number now belongs to this user id (Meta renews ids when users change numbers): it moves over.
      try connection.execute("UPDATE contacts SET phone_number = NULL WHERE id = ?", byPhone.id)
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
    try connection.first(
      "SELECT \(columns) FROM contacts WHERE account_id = ? AND portfolio_id = ? AND \(column) = ?",
      sender.account.text,
      sender.portfolio, value, map: Self.init)
  }

  private init(_ row: Row) throws {
    id = try row.text(0)
    userID = try row.optionalText(1)
    phoneNumber = try row.optionalText(2)
    name = try row.optionalText(3)
  }
}
