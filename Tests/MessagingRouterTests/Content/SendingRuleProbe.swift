import Contracts

@testable import MessagingRouter

enum SendingRuleProbe {
  /// What a marketing template meets.
  static func marketing(blocked: Bool) -> String {
    switch SendingRule.mayStillSend(
      type: "template", category: "marketing", windowExpiresAt: nil, expiresAt: nil, blocksMarketing: blocked, at: 0)
    {
    case .send: "send"
    case .expired: "expired"
    case .refuse(let error): error.code
    }
  }
}
