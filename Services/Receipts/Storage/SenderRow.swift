import Contracts
import Store

/// What a receipt says of its sender, from the replica.
struct SenderRow: Sendable, Equatable {
  var id: SenderID
  var phoneNumber: String?
  var displayName: String?

  static func find(id: SenderID, account: String, _ connection: Connection) throws -> SenderRow? {
    try connection.first(
      "SELECT phone_number, display_name FROM replica_senders WHERE sender_id = ? AND account_id = ?", id.text, account
    ) { SenderRow(id: id, phoneNumber: try $0.text(0), displayName: try $0.text(1)) }
  }
}
