import Contracts
import Store

/// Copies of our files at Meta that Meta does not know any more.
enum MediaStale {
  /// Meta could not get at a medium, or could not take it (facts: errors).
  static let metaCodes: Set<Int> = [131_052, 131_053]

  /// Meta has refused a message for its medium: the ids of its files for this number are forgotten, so that the next
  /// message with one of them uploads it again.
  static func refused(message: String, sender: String, code: Int, _ connection: Connection) throws {
    guard metaCodes.contains(code), let body = try OutboundBody.body(of: message, connection), !body.mediaIDs.isEmpty,
      let number = try connection.first(
        "SELECT phone_number_id FROM replica_senders WHERE sender_id = ?", sender, map: { try $0.optionalText(0) })
        ?? nil
    else { return }
    for id in body.mediaIDs { try connection.forgetMediaUpload(id, phoneNumberID: number) }
  }
}
