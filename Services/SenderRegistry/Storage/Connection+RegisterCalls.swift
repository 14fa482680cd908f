import Contracts
import Store

extension Connection {
  /// Counts a `register` call that is about to be made, in the transaction before it. When there is none left: the
  /// moment from which there is, and nothing is counted.
  func takeRegisterCall(_ number: PhoneNumber, sender: SenderID, now: Int64) throws -> Int64? {
    let since = now - RegisterLimit.periodMilliseconds
    var calls: [Int64] = []
    var limitedAt: Int64?
    try forEach(
      "SELECT kind, at FROM register_calls WHERE phone_number = ? AND at > ? ORDER BY at", number.text, since
    ) { row in
      if try row.text(0) == "limit" { limitedAt = try row.int64(1) } else { calls.append(try row.int64(1)) }
    }
    if let limitedAt { return limitedAt + RegisterLimit.periodMilliseconds }
    if calls.count >= RegisterLimit.calls {
      // When the oldest of the last ten is older than the period, there is room for one.
      return calls[calls.count - RegisterLimit.calls] + RegisterLimit.periodMilliseconds
    }
    try addRegisterCall("call", number, sender: sender, now: now)
    return nil
  }

  /// Takes back a count whose call was not made.
  func forgetRegisterCall(_ number: PhoneNumber, sender: SenderID, at: Int64) throws {
    try execute(
      "DELETE FROM register_calls WHERE phone_number = ? AND sender_id = ? AND kind = 'call' AND at = ?", number.text,
      sender.text, at)
  }

  /// Meta said that there were too many: nothing is called for the whole period.
  func registerLimitReached(_ number: PhoneNumber, sender: SenderID, now: Int64) throws {
    try addRegisterCall("limit", number, sender: sender, now: now)
  }

  private func addRegisterCall(_ kind: String, _ number: PhoneNumber, sender: SenderID, now: Int64) throws {
    try execute(
      "INSERT INTO register_calls (phone_number, sender_id, kind, at) VALUES (?, ?, ?, ?)", number.text, sender.text,
      kind, now)
  }
}
