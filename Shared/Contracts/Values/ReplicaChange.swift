/// What other services need to know of a sender, so that they work while the registry is down.
package struct ReplicaChange: Codable, Sendable, Equatable {
  /// Position in the registry's change order; counts up within an epoch.
  package var counter: Int64
  package var senderID: SenderID
  /// True for a tombstone: the other fields are absent.
  package var isDeleted: Bool
  package var accountID: AccountID?
  package var phoneNumber: PhoneNumber?
  package var displayName: String?
  package var status: SenderStatus?
  /// Where the number comes from; absent means external.
  package var origin: Sender.Origin?
  /// The provider of an inventory's number: `manual`, or the carrier's name.
  package var provider: String?
  /// Meta's id in the partner's pool, while the number is not claimed; for the verifier only.
  package var preverifiedID: String?
  package var wabaID: String?
  package var phoneNumberID: String?
  package var portfolioID: String?
  package var qualityRating: String?
  package var messagingLimit: String?
  /// Messages per second that Meta allows.
  package var throughput: Int?
  /// Sealed for the receiving service with a key derived from the pair's RPC key; only for router and verifier. For a
  /// number in the partner's pool the verifier is given the partner's own token.
  package var sealedAccessToken: String?

  package init(counter: Int64, senderID: SenderID, isDeleted: Bool) {
    self.counter = counter
    self.senderID = senderID
    self.isDeleted = isDeleted
  }
}
