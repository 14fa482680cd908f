import Contracts

/// Meta's messaging limits as data (facts: limits and quality). Per portfolio since October 2025.
enum MessagingTiers {
  private static let growth =
    "Automatic, within 6 hours: keep every number and template of the portfolio at high quality and use at least half "
    + "of the limit within 7 days."
  private static let start =
    "Verify the business at Meta (or through a partner), or deliver 2,000 well-rated template messages to different "
    + "people outside of open conversations within 30 days."

  /// From the lowest to the highest.
  static let all: [MessagingTier] = [
    MessagingTier(
      tier: "TIER_NOT_SET", recipientsPer24h: nil,
      nextTier: MessagingTier.NextTier(
        tier: "TIER_250", how: "Meta gives the first limit once the number is connected and its name is accepted.")),
    MessagingTier(
      tier: "TIER_50", recipientsPer24h: 50, isLegacy: true,
      nextTier: MessagingTier.NextTier(tier: "TIER_250", how: start)),
    MessagingTier(
      tier: "TIER_250", recipientsPer24h: 250, nextTier: MessagingTier.NextTier(tier: "TIER_2K", how: start)),
    MessagingTier(
      tier: "TIER_1K", recipientsPer24h: 1_000, isLegacy: true,
      nextTier: MessagingTier.NextTier(tier: "TIER_2K", how: growth)),
    MessagingTier(
      tier: "TIER_2K", recipientsPer24h: 2_000, nextTier: MessagingTier.NextTier(tier: "TIER_10K", how: growth)),
    MessagingTier(
      tier: "TIER_10K", recipientsPer24h: 10_000, nextTier: MessagingTier.NextTier(tier: "TIER_100K", how: growth)),
    MessagingTier(
      tier: "TIER_100K", recipientsPer24h: 100_000,
      nextTier: MessagingTier.NextTier(tier: "TIER_UNLIMITED", how: growth)),
    MessagingTier(tier: "TIER_UNLIMITED", recipientsPer24h: nil, isUnlimited: true),
  ]

  /// The tier by Meta's name; a name that is not known stands for itself, without a number.
  static func tier(_ name: String) -> MessagingTier {
    all.first { $0.tier == name } ?? MessagingTier(tier: name, recipientsPer24h: nil)
  }

  /// The tier's name for the ways webhooks spell a limit: `TIER_2K`, `2000`, `UNLIMITED`, `-1`. Nil for anything else.
  static func name(webhook text: String) -> String? {
    let word = text.uppercased()
    if word.hasPrefix("TIER_") { return String(word.prefix(64)) }
    if word == "UNLIMITED" || word == "-1" { return "TIER_UNLIMITED" }
    guard let count = Int(word), count > 0 else { return nil }
    return all.first { $0.recipientsPer24h == count }?.tier
  }

  /// The alert when a portfolio has used `used` of its limit, at 80 % and at the limit; once per step:
  /// `alerted` is the share in percent that was told before. The counter is the router's.
  static func usageAlert(used: Int, of tier: MessagingTier, alerted: Int) -> (percent: Int, alert: Alert)? {
    guard let limit = tier.recipientsPer24h, limit > 0 else { return nil }
    let percent = Int(Double(max(used, 0)) / Double(limit) * 100)
    guard let step = [100, 80].first(where: { percent >= $0 }), step > alerted else { return nil }
    let next = tier.nextTier.map { " \($0.how)" } ?? ""
    return (
      step,
      Alert(
        kind: "portfolio.limit_near", severity: step == 100 ? .critical : .warning,
        message: "\(used) of \(limit) people of the messaging limit were written to within 24 hours.\(next)",
        before: String(limit), after: String(used))
    )
  }
}
