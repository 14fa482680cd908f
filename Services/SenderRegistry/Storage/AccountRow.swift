package import Contracts
import Crypto
package import Store

/// Accounts in SQL.
enum AccountRow {
  private static let columns = "id, name, is_operator, is_enabled, created_at, version"

  static func find(_ id: AccountID, _ connection: Connection) throws -> Account? {
    try connection.first("SELECT \(columns) FROM accounts WHERE id = ?", id.text, map: account)
  }

  /// Newest first.
  static func list(before: String?, limit: Int, _ connection: Connection) throws -> [Account] {
    try connection.all(
      "SELECT \(columns) FROM accounts WHERE id < ? ORDER BY id DESC LIMIT ?", before ?? "acc_~", limit, map: account)
  }

  static func holder(ofName name: String, _ connection: Connection) throws -> AccountID? {
    try connection.first("SELECT id FROM accounts WHERE name = ?", name) { AccountID(trusted: try $0.text(0)) }
  }

  static func insert(_ account: Account, _ connection: Connection) throws {
    try connection.execute(
      "INSERT INTO accounts (id, name, is_operator, is_enabled, created_at, version) VALUES (?, ?, ?, ?, ?, ?)",
      account.id.text, account.name, account.isOperator, account.isEnabled, account.createdAt.milliseconds,
      account.version)
  }

  static func update(_ account: Account, _ connection: Connection) throws {
    try connection.execute(
      "UPDATE accounts SET name = ?, is_enabled = ?, version = ? WHERE id = ?", account.name, account.isEnabled,
      account.version, account.id.text)
  }

  private static func account(_ row: Row) throws -> Account {
    Account(
      id: AccountID(trusted: try row.text(0)), name: try row.text(1), isOperator: try row.bool(2),
      isEnabled: try row.bool(3), createdAt: Timestamp(milliseconds: try row.int64(4)), version: try row.int64(5))
  }
}

extension Connection {
  /// The account of whoever runs the platform: found by its mark, whatever its name has become; else the one called
  /// `name`, made if there is none.
  func ensureOperatorAccount(named name: String, now: Int64) throws -> AccountID {
    if let id = try first("SELECT id FROM accounts WHERE is_operator = 1", map: { try $0.text(0) }) {
      return AccountID(trusted: id)
    }
    let id = try ensureAccount(named: name, now: now)
    try execute("UPDATE accounts SET is_operator = 1, is_enabled = 1 WHERE id = ?", id.text)
    return id
  }

  /// The account called `name`, made if there is none.
  package func ensureAccount(named name: String, now: Int64) throws -> AccountID {
    if let id = try AccountRow.holder(ofName: name, self) { return id }
    let account = Account(
      id: AccountID(trusted: "acc_" + ULID.make(milliseconds: now)), name: name, isOperator: false, isEnabled: true,
      createdAt: Timestamp(milliseconds: now), version: 1)
    try AccountRow.insert(account, self)
    return account.id
  }
}
