import Contracts
import Crypto
import Store
import Workers

/// What the replica says of a sender's number at Meta.
struct ConnectedSender: Sendable {
  let id: SenderID
  let origin: Sender.Origin
  /// E.164.
  let phoneNumber: String
  /// `manual` or the carrier's name, for a platform number.
  let provider: String?
  let phoneNumberID: String?
  /// The number's id in the partner's pool, until it is claimed.
  let preverifiedID: String?
  /// Sealed.
  let accessToken: String?

  /// The number, or its entry in the partner's pool, and the token that opens it, when there are both.
  func access(_ keyring: SealingKeyring) throws(CryptoFailure) -> MetaAccess? {
    guard let id = phoneNumberID ?? preverifiedID, let accessToken else { return nil }
    return MetaAccess(
      phoneNumberID: id, isPoolEntry: phoneNumberID == nil,
      token: try keyring.open(accessToken, binding: SenderReplica.tokenBinding(self.id.text)))
  }
}

extension Connection {
  /// A sender of the replica, of one account when that is given.
  func connectedSender(_ id: SenderID, account: String? = nil) throws -> ConnectedSender? {
    try first(
      """
      SELECT sender_id, origin, phone_number, provider, phone_number_id, preverified_id, access_token
      FROM replica_senders
      WHERE sender_id = ?1 AND (?2 IS NULL OR account_id = ?2)
      """, id.text, account
    ) { row in
      ConnectedSender(
        id: SenderID(trusted: try row.text(0)),
        origin: try row.optionalText(1).flatMap { Sender.Origin(rawValue: $0) } ?? .external,
        phoneNumber: try row.text(2), provider: try row.optionalText(3), phoneNumberID: try row.optionalText(4),
        preverifiedID: try row.optionalText(5), accessToken: try row.optionalText(6))
    }
  }
}
