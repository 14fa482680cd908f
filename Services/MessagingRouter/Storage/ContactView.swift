import Contracts
import Store

/// Contacts as people see them.
enum ContactView {
  /// Of `contacts p`.
  static let columns = """
    p.id, p.user_id, p.phone_number, p.name, p.username,
    EXISTS (
      SELECT 1 FROM contact_preferences o
      WHERE o.contact_id = p.id AND o.category = 'marketing' AND o.is_opted_out = 1)
    """

  static func contact(_ row: Row, from first: Int = 0) throws -> Contact {
    Contact(
      id: ContactID(trusted: try row.text(first)), userID: try row.optionalText(first + 1),
      phoneNumber: try row.optionalText(first + 2).map { PhoneNumber(trusted: $0) },
      name: try row.optionalText(first + 3), username: try row.optionalText(first + 4),
      isOptedOut: try row.bool(first + 5))
  }

  /// By id; the id of one that was merged finds the other.
  static func find(id: ContactID, account: String, _ connection: Connection) throws -> Contact? {
    try connection.first(
      """
      SELECT \(columns)
      FROM contacts p
      WHERE p.account_id = ?2 AND p.id = (
        SELECT coalesce(merged_into, id) FROM contacts WHERE id = ?1 AND account_id = ?2)
      """, id.text, account, map: { try contact($0) })
  }

  /// A page in the order they were met, newest first.
  static func list(
    account: String, phoneNumber: String?, isOptedOut: Bool?, before: String?, limit: Int, _ connection: Connection
  ) throws -> [Contact] {
    let before = before ?? "~"
    if let phoneNumber {
      return try connection.all(
        """
        SELECT \(columns) FROM contacts p
        WHERE p.id IN (
            SELECT id FROM contacts WHERE account_id = ?1 AND phone_number = ?2
            UNION SELECT contact_id FROM contact_aliases WHERE account_id = ?1 AND key = ?2)
          AND p.account_id = ?1 AND p.merged_into IS NULL AND p.id < ?3
        ORDER BY p.id DESC LIMIT ?4
        """, account, phoneNumber, before, limit, map: { try contact($0) }
      ).filter { isOptedOut == nil || $0.isOptedOut == isOptedOut }
    }
    switch isOptedOut {
    case true:
      return try connection.all(
        """
        SELECT \(columns)
        FROM contact_preferences w JOIN contacts p ON p.id = w.contact_id
        WHERE w.account_id = ?1 AND w.category = 'marketing' AND w.is_opted_out = 1 AND w.contact_id < ?2
          AND p.merged_into IS NULL
        ORDER BY w.contact_id DESC LIMIT ?3
        """, account, before, limit, map: { try contact($0) })
    case false:
      return try connection.all(
        """
        SELECT \(columns) FROM contacts p
        WHERE p.account_id = ?1 AND p.merged_into IS NULL AND p.id < ?2 AND NOT EXISTS (
          SELECT 1 FROM contact_preferences w
          WHERE w.contact_id = p.id AND w.category = 'marketing' AND w.is_opted_out = 1)
        ORDER BY p.id DESC LIMIT ?3
        """, account, before, limit, map: { try contact($0) })
    case nil:
      return try connection.all(
        """
        SELECT \(columns) FROM contacts p
        WHERE p.account_id = ?1 AND p.merged_into IS NULL AND p.id < ?2
        ORDER BY p.id DESC LIMIT ?3
        """, account, before, limit, map: { try contact($0) })
    }
  }
}
