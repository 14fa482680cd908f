import Contracts
import Crypto
import Store
import Workers

/// What the replica says of a sender's number at Meta.
struct ConnectedSender: Sendable {
  let id: SenderID
  let phoneNumberID: String?
  /// Sealed.
  let accessToken: String?

  /// The number and its token, when there are both.
  func access(_ keyring: SealingKeyring) throws(CryptoFailure) -> (phoneNumberID: String, token: Secret)? {
    guard let phoneNumberID, let accessToken else { return nil }
    return (phoneNumberID, try keyring.open(accessToken, binding: SenderReplica.tokenBinding(id.text)))
  }
}

extension Connection {
  /// A sender of the replica, of one account when that is given.
  func connectedSender(_ id: SenderID, account: String? = nil) throws -> ConnectedSender? {
    try first(
      """
      SELECT sender_id, phone_number_id, access_token FROM replica_senders
      WHERE sender_id = ?1 AND (?2 IS NULL OR account_id = ?2)
      """, id.text, account
    ) { row in
      ConnectedSender(
        id: SenderID(trusted: try row.text(0)), phoneNumberID: try row.optionalText(1),
        accessToken: try row.optionalText(2))
    }
  }
}
