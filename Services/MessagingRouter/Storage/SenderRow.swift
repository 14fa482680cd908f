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
  /// Scopes that were used before the portfolio was known and may still have contacts; hardly ever one.
  var formerScopes: [String]

  private static let columns = """
    sender_id, account_id, phone_number, status, phone_number_id, coalesce(portfolio_id, waba_id, sender_id),
    (SELECT group_concat(former, char(10)) FROM contact_scopes s
     WHERE s.account_id = replica_senders.account_id
       AND s.portfolio_id = coalesce(replica_senders.portfolio_id, replica_senders.waba_id))
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
    formerScopes = try row.optionalText(6)?.split(separator: "\n").map(String.init) ?? []
  }
}
