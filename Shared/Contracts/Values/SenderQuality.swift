/// How Meta rates a sender, and how much it may send.
package struct SenderQuality: Codable, Sendable, Equatable {
  package var senderID: SenderID
  /// Meta's `GREEN`, `YELLOW`, `RED` or `UNKNOWN`; absent before the first reading.
  package var rating: String?
  /// The limit that all numbers of the business portfolio share; absent before the first reading.
  package var messagingLimit: MessagingTier?
  /// Messages per second that Meta allows.
  package var throughput: Int?
  package var portfolioID: String?
  /// When Meta last told, or was last asked.
  package var updatedAt: Timestamp?

  package init(
    senderID: SenderID, rating: String?, messagingLimit: MessagingTier?, throughput: Int?, portfolioID: String?,
    updatedAt: Timestamp?
  ) {
    self.senderID = senderID
    self.rating = rating
    self.messagingLimit = messagingLimit
    self.throughput = throughput
    self.portfolioID = portfolioID
    self.updatedAt = updatedAt
  }
}
