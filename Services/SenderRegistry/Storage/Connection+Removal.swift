import Contracts
import Store

extension Connection {
  /// Makes a sender a tombstone: credentials, a running wait, readings to come and notices go with it, and its number
  /// is free. History, readings and events stay.
  func remove(_ sender: inout SenderRow, now: Int64) throws {
    sender.deletedAt = now
    sender.updatedAt = now
    sender.accessToken = nil
    sender.pin = nil
    try update(sender, now: now)
    if let onboarding = try onboarding(sender.id) { try endOnboarding(sender.id, attempt: onboarding.attempt) }
    try execute("DELETE FROM sender_notices WHERE sender_id = ?", sender.id.text)
    try addEvent(
      "sender.deleted", .info, account: sender.accountID, sender: sender.id,
      "The sender was deleted here. Its number stays registered at Meta until it is removed there.",
      before: sender.condition.status.rawValue, now: now)
  }
}
