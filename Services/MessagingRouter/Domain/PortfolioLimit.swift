/// How many people a business portfolio may write to first within 24 hours (facts: limits, messaging limit).
enum PortfolioLimit: Sendable, Equatable {
  case people(Int)
  case unlimited

  /// The rolling day, in milliseconds.
  static let day: Int64 = 24 * 3_600_000

  /// What is taken where Meta's word is not known: its lowest step.
  static let assumed = PortfolioLimit.people(250)

  /// By Meta's name: `TIER_2K`, `TIER_UNLIMITED`; nil for `TIER_NOT_SET` and names that say no number.
  init?(tier: String) {
    guard tier.hasPrefix("TIER_") else { return nil }
    let word = tier.dropFirst(5)
    if word == "UNLIMITED" {
      self = .unlimited
      return
    }
    let scale = ["K": 1_000, "M": 1_000_000][word.last.map(String.init) ?? ""]
    guard let number = Int(scale == nil ? word : word.dropLast()), (1...1_000_000).contains(number) else { return nil }
    self = .people(number * (scale ?? 1))
  }

  /// The limit that several numbers of one portfolio name: the smallest, as a raise may have reached only some of them.
  /// `isAssumed` when none names one.
  static func of(_ tiers: [String?]) -> (limit: PortfolioLimit, isAssumed: Bool) {
    let known = tiers.compactMap { $0 }.compactMap { PortfolioLimit(tier: $0) }
    guard let limit = known.min(by: { $0.count < $1.count }) else { return (assumed, true) }
    return (limit, false)
  }

  /// The number of people; the largest integer where there is no limit.
  var count: Int {
    switch self {
    case .people(let count): count
    case .unlimited: .max
    }
  }

  /// 0, 80 or 100: how much of it `used` people are, in the steps that are told.
  func step(used: Int) -> Int {
    guard case .people(let count) = self, count > 0 else { return 0 }
    return used >= count ? 100 : used * 5 >= count * 4 ? 80 : 0
  }
}
