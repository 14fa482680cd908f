import Store

/// Contacts that were stored under a WABA or a sender while its portfolio was not known: they move to the portfolio's
/// scope, met or not, and become one with whoever is the same person there.
enum ContactScopes {
  /// Contacts that one step moves.
  static let step = 50

  /// Moves some of those that nobody has met since; which scopes may have any is in `contact_scopes`.
  static func step(_ connection: Connection) throws -> (moved: Int, isDone: Bool) {
    let next = try connection.first("SELECT account_id, portfolio_id, former FROM contact_scopes LIMIT 1") {
      (account: try $0.text(0), portfolio: try $0.text(1), former: try $0.text(2))
    }
    guard let next else { return (0, true) }
    var moved = 0
    for key in ["user_id", "phone_number"] {
      let contacts = try connection.all(
        """
        SELECT \(ContactRow.columns) FROM contacts
        WHERE account_id = ? AND portfolio_id = ? AND \(key) IS NOT NULL LIMIT ?
        """, next.account, next.former, step, map: ContactRow.init)
      for contact in contacts {
        _ = try move(contact, to: next.portfolio, account: next.account, connection)
      }
      moved += contacts.count
    }
    if moved > 0 { return (moved, false) }
    try connection.execute(
      "UPDATE OR IGNORE contact_aliases SET portfolio_id = ? WHERE account_id = ? AND portfolio_id = ?", next.portfolio,
      next.account, next.former)
    // A key that the portfolio has learned itself is the later word.
    try connection.execute(
      "DELETE FROM contact_aliases WHERE account_id = ? AND portfolio_id = ?", next.account, next.former)
    try connection.execute(
      "DELETE FROM contact_scopes WHERE account_id = ? AND portfolio_id = ? AND former = ?", next.account,
      next.portfolio, next.former)
    return (0, false)
  }

  /// Moves one contact. Answers with the one that it is now.
  static func move(
    _ contact: ContactRow, to portfolio: String, account: String, _ connection: Connection
  ) throws -> ContactRow {
    var contact = contact
    let user = try contact.userID.flatMap {
      try ContactRow.find("user_id", $0, in: portfolio, account: account, connection)
    }
    let holder = try contact.phoneNumber.flatMap {
      try ContactRow.find("phone_number", $0, in: portfolio, account: account, connection)
    }
    if let found = holder, let number = contact.phoneNumber, found.id != user?.id {
      let isSomebodyElse = user != nil || found.userID != nil && contact.userID != nil && found.userID != contact.userID
      if isSomebodyElse {
        // Who has the number in the portfolio has heard of it later.
        try contact.had(number, connection)
        try connection.execute("UPDATE contacts SET phone_number = NULL WHERE id = ?", contact.id)
        contact.phoneNumber = nil
      }
    }
    guard let same = user ?? (contact.phoneNumber == nil ? nil : holder), same.id != contact.id else {
      try connection.execute("UPDATE contacts SET portfolio_id = ? WHERE id = ?", portfolio, contact.id)
      return contact
    }
    // Nothing new is heard of anybody: it is as old as what is known.
    let heardAt = try connection.first(
      "SELECT max(updated_at) FROM contacts WHERE id IN (?, ?)", contact.id, same.id, map: { try $0.int64(0) })
    try ContactMerge.merge(contact, into: same, at: heardAt ?? 0, connection)
    return try ContactRow.find(id: same.id, account: account, connection) ?? same
  }
}
