import Contracts
import Store

/// What the router knows of a sender from its replica.
struct SenderRow: Sendable {
  var id: SenderID
  var account: AccountID
  var phoneNumber: PhoneNumber
  var status: SenderStatus
  var phoneNumberID: String?
  /// The scope of Meta's user ids: the portfolio, or the WABA while it is unknown.
  var portfolio: String
  /// Scopes that were used before the portfolio was known.
  var formerScopes: [String]

  private static let columns = """
    sender_id, account_id, phone_number, status, phone_number_id, coalesce(portfolio_id, waba_id, sender_id),
    portfolio_id, waba_id
    """

  static func find(id: SenderID, account: String, _ connection: Connection) throws -> SenderRow? {
    try connection.first(
      "SELECT \(columns) FROM replica_senders WHERE sender_id = ? AND account_id = ?", id.text, account, map: Self.init)
  }

  static func find(phoneNumberID: String, _ connection: Connection) throws -> SenderRow? {
    try connection.first(
      "SELECT \(columns) FROM replica_senders WHERE phone_number_id = ?", phoneNumberID, map: Self.init)
  }

  private init(_ row: Row) throws {
    id = SenderID(trusted: try row.text(0))
    account = AccountID(trusted: try row.text(1))
    phoneNumber = PhoneNumber(trusted: try row.text(2))
    status = SenderStatus(rawValue: try row.text(3)) ?? .offline
    phoneNumberID = try row.optionalText(4)
    portfolio = try row.text(5)
    formerScopes = [try row.optionalText(7), id.text].compactMap { $0 }.filter { [portfolio] in $0 != portfolio }
    // Without a portfolio or a WABA nothing came before.
    if row.isNull(6), row.isNull(7) { formerScopes = [] }
  }
}
