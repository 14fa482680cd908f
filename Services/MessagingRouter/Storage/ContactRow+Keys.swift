import Contracts
import Store

// Finding contacts by their keys, present and former.
extension ContactRow {
  /// By id; nil when it has left the account: somebody who is being erased takes no part in anything any more.
  static func find(id: String, account: String, _ connection: Connection) throws -> ContactRow? {
    try connection.first(
      "SELECT \(columns) FROM contacts WHERE id = ? AND account_id = ?", id, account, map: Self.init)
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
    let account = sender.account.text
    var found = try find(column, value, in: sender.portfolio, account: account, connection)
    // Stored while the portfolio was not known yet: it belongs there from now on, and is one person's with those there.
    for scope in sender.formerScopes {
      guard let former = try find(column, value, in: scope, account: account, connection) else { continue }
      let moved = try ContactScopes.move(former, to: sender.portfolio, account: account, connection)
      found = try find(column, value, in: sender.portfolio, account: account, connection) ?? moved
    }
    if let found { return found }
    for scope in [sender.portfolio] + sender.formerScopes {
      let other = try connection.first(
        """
        SELECT \(columns) FROM contacts
        WHERE id = (SELECT contact_id FROM contact_aliases WHERE account_id = ?1 AND portfolio_id = ?2 AND key = ?3)
          AND account_id = ?1
        """, account, scope, value, map: Self.init)
      guard let other else { continue }
      if scope == sender.portfolio { return other }
      return try ContactScopes.move(other, to: sender.portfolio, account: account, connection)
    }
    return nil
  }

  static func find(
    _ column: String, _ value: String, in scope: String, account: String, _ connection: Connection
  ) throws -> ContactRow? {
    try connection.first(
      "SELECT \(columns) FROM contacts WHERE account_id = ? AND portfolio_id = ? AND \(column) = ?", account, scope,
      value, map: Self.init)
  }

  /// A number is no longer this contact's.
  static func release(_ phoneNumber: String, of holder: ContactRow, _ sender: SenderRow, _ connection: Connection)
    throws
  {
    if holder.phoneNumber == phoneNumber {
      try holder.had(phoneNumber, connection)
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

  /// Keeps in mind that a number was this contact's: an erasure looks for it in what was set aside.
  func had(_ phoneNumber: String, _ connection: Connection) throws {
    try connection.execute(
      "INSERT OR IGNORE INTO contact_former_numbers (contact_id, phone_number) VALUES (?, ?)", id, phoneNumber)
  }
}
