/// A number that Meta has verified in the partner's pool and nobody has claimed yet: Embedded Signup takes its
/// `preverifiedID`, and the customer is spared the code.
package struct ReadyNumber: Codable, Sendable, Equatable {
  /// The inventory's number.
  package var id: NumberID
  package var phoneNumber: PhoneNumber
  package var senderID: SenderID
  /// Meta's id, for `extras.setup.preVerifiedPhone.ids`.
  package var preverifiedID: String
  package var verifiedAt: Timestamp
  /// The verification lasts 90 days unless the number is claimed.
  package var expiresAt: Timestamp
  /// Whole days until then.
  package var daysLeft: Int
  /// From 45 days before the end Meta takes another verification.
  package var canReverify: Bool
  /// True once somebody asked to delete it and Meta has not confirmed yet.
  package var isBeingRemoved: Bool

  package init(
    id: NumberID, phoneNumber: PhoneNumber, senderID: SenderID, preverifiedID: String, verifiedAt: Timestamp,
    expiresAt: Timestamp, daysLeft: Int, canReverify: Bool, isBeingRemoved: Bool
  ) {
    self.id = id
    self.phoneNumber = phoneNumber
    self.senderID = senderID
    self.preverifiedID = preverifiedID
    self.verifiedAt = verifiedAt
    self.expiresAt = expiresAt
    self.daysLeft = daysLeft
    self.canReverify = canReverify
    self.isBeingRemoved = isBeingRemoved
  }
}
