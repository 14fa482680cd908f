/// A step of Meta's messaging limit: people a business portfolio may write to first, per rolling 24 hours.
package struct MessagingTier: Codable, Sendable, Equatable {
  /// Meta's name, for example `TIER_2K`; new ones pass through.
  package var tier: String
  /// Absent where there is no limit, or none is known.
  package var recipientsPer24h: Int?
  package var isUnlimited: Bool
  /// No longer given to new portfolios, but still met.
  package var isLegacy: Bool
  package var nextTier: NextTier?

  /// The step above, and the way there.
  package struct NextTier: Codable, Sendable, Equatable {
    package var tier: String
    package var how: String

    package init(tier: String, how: String) {
      self.tier = tier
      self.how = how
    }
  }

  package init(
    tier: String, recipientsPer24h: Int?, isUnlimited: Bool = false, isLegacy: Bool = false, nextTier: NextTier? = nil
  ) {
    self.tier = tier
    self.recipientsPer24h = recipientsPer24h
    self.isUnlimited = isUnlimited
    self.isLegacy = isLegacy
    self.nextTier = nextTier
  }
}
