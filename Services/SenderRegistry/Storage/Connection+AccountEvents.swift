import Contracts
import Crypto
import Store

extension Connection {
  /// Adds an event to an account's list. Call it in the transaction of what it tells.
  func addEvent(
    _ kind: String, _ severity: AccountEvent.Severity = .info, account: AccountID, sender: SenderID? = nil,
    _ message: String, before: String? = nil, after: String? = nil, now: Int64
  ) throws {
    try execute(
      """
      INSERT INTO account_events (id, account_id, sender_id, kind, severity, message, before, after, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, "evt_" + ULID.make(milliseconds: now), account.text, sender?.text, kind, severity.rawValue, message, before,
      after, now)
  }
}
