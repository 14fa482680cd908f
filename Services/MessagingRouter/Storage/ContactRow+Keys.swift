import Contracts
import Store

// Finding contacts by their keys, present and former.
extension ContactRow {
  static func find(id: String, _ connection: Connection) throws -> ContactRow? {
    try connection.first("SELECT \(columns) FROM contacts WHERE id = ?", id, map: Self.init)
  }

  /// By Meta's user id, also by one that was renewed since: then the contact's own is another.
  static func find(userID: String, _ sender: SenderRow, _ connection: Connection) throws -> ContactRow? {
    try find("user_id", userID, sender, connection)
  }

  /// By number, also by another spelling that Meta takes for the same.
  static func find(phoneNumber: String, sender: SenderRow, _ connection: Connection) throws -> ContactRow? {
    try find("phone_number", phoneNumber, sender, connection)
  }

  /// Whether Meta can be given a number of this contact.
  static func hasNumber(_ id: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM contacts WHERE id = ? AND phone_number IS NOT NULL", id, map: { _ in true }) ?? false
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
    return try connection.first(
      """
      SELECT \(columns) FROM contacts
      WHERE id = (SELECT contact_id FROM contact_aliases WHERE account_id = ?1 AND portfolio_id = ?2 AND key = ?3)
        AND account_id = ?1
      """, sender.account.text, sender.portfolio, value, map: Self.init)
  }

  private static func find(
    _ column: String, _ value: String, _ scope: String, _ sender: SenderRow, _ connection: Connection
  ) throws -> ContactRow? {
    try connection.first(
      "SELECT \(columns) FROM contacts WHERE account_id = ? AND portfolio_id = ? AND \(column) = ?",
      sender.account.text, scope, value, map: Self.init)
  }

  /// A number is no longer this contact's.
  static func release(_ phoneNumber: String, of holder: ContactRow, _ sender: SenderRow, _ connection: Connection)
    throws
  {
    if holder.phoneNumber == phoneNumber {
      try connection.execute("UPDATE contacts SET phone_number = NULL WHERE id = ?", holder.id)
    }
    try connection.execute(
      "DELETE FROM contact_aliases WHERE account_id = ? AND portfolio_id = ? AND key = ?", sender.account.text,
      sender.portfolio, phoneNumber)
  }

  /// From now on `key` finds this contact too, as long as it is nobody's own.
  func answers(to key: String, _ sender: SenderRow, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO contact_aliases (account_id, portfolio_id, key, contact_id) VALUES (?, ?, ?, ?)
      ON CONFLICT (account_id, portfolio_id, key) DO UPDATE SET contact_id = excluded.contact_id
      """, sender.account.text, sender.portfolio, key, id)
  }
}
