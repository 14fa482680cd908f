import Contracts
import Testing

@testable import SenderRegistry

@Suite struct MessagingTierTests {
  @Test func `every tier but the last leads to one that exists, and says how`() {
    for tier in MessagingTiers.all {
      guard let next = tier.nextTier else {
        #expect(tier.tier == "TIER_UNLIMITED" && tier.isUnlimited)
        continue
      }
      #expect(MessagingTiers.all.contains { $0.tier == next.tier })
      #expect(!next.how.isEmpty && !tier.isUnlimited)
    }
    #expect(MessagingTiers.all.compactMap(\.recipientsPer24h) == [50, 250, 1_000, 2_000, 10_000, 100_000])
  }

  @Test(arguments: [
    ("TIER_2K", "TIER_2K"), ("2000", "TIER_2K"), ("250", "TIER_250"), ("UNLIMITED", "TIER_UNLIMITED"),
    ("unlimited", "TIER_UNLIMITED"), ("-1", "TIER_UNLIMITED"), ("1000", "TIER_1K"), ("TIER_9G", "TIER_9G"),
    ("777", nil), ("", nil), ("0", nil), ("ten", nil),
  ])
  func `webhooks spell limits in many ways`(text: String, expected: String?) {
    #expect(MessagingTiers.name(webhook: text) == expected)
  }

  @Test func `a tier that is not known stands for itself`() {
    let tier = MessagingTiers.tier("TIER_9G")
    #expect(tier.tier == "TIER_9G" && tier.recipientsPer24h == nil && !tier.isUnlimited && tier.nextTier == nil)
  }

  @Test func `the alert comes at 80 percent and at the limit, each once`() {
    let tier = MessagingTiers.tier("TIER_250")
    #expect(MessagingTiers.usageAlert(used: 199, of: tier, alerted: 0) == nil)
    let near = MessagingTiers.usageAlert(used: 200, of: tier, alerted: 0)
    #expect(near?.percent == 80 && near?.alert.severity == .warning && near?.alert.kind == "portfolio.limit_near")
    #expect(MessagingTiers.usageAlert(used: 240, of: tier, alerted: 80) == nil)
    let full = MessagingTiers.usageAlert(used: 250, of: tier, alerted: 80)
    #expect(full?.percent == 100 && full?.alert.severity == .critical)
    #expect(MessagingTiers.usageAlert(used: 900, of: tier, alerted: 100) == nil)
    #expect(MessagingTiers.usageAlert(used: 900, of: MessagingTiers.tier("TIER_UNLIMITED"), alerted: 0) == nil)
  }

  @Test func `a fall in quality is a warning, a rise is not, a first reading is no event`() {
    #expect(ReadingField.qualityRating.alert(before: "GREEN", after: "YELLOW")?.severity == .warning)
    #expect(ReadingField.qualityRating.alert(before: "YELLOW", after: "GREEN")?.severity == .info)
    #expect(ReadingField.qualityRating.alert(before: "GREEN", after: "UNKNOWN")?.severity == .info)
    #expect(ReadingField.messagingLimit.alert(before: "TIER_2K", after: "TIER_250")?.severity == .warning)
    for field in ReadingField.allCases { #expect(field.alert(before: nil, after: "X") == nil) }
  }
}
