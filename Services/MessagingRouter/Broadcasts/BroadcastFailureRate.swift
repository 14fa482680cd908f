import Contracts
import Store

/// Whether too many of a broadcast's last messages failed for a reason that the next ones share.
enum BroadcastFailureRate {
  /// Messages that are looked at, and how many there must be.
  static let window = 200
  static let least = 20

  /// What is about one recipient only.
  static let ofRecipients: Set<String> = [
    "UNDELIVERABLE", "OPTED_OUT", "MARKETING_CAP", "MARKETING_EXPERIMENT", "RECIPIENT_BLOCKED", "RECIPIENT_IS_SENDER",
    "RECIPIENT_NOT_ALLOWED", "COUNTRY_RESTRICTED", "IDENTITY_CHANGED", "PHONE_NUMBER_REQUIRED", "RECIPIENT_UNKNOWN",
    "PAIR_RATE_REACHED", "SESSION_EXPIRED",
  ]

  /// Messages that have gone to Meta, or failed before.
  private static let ended = ["accepted", "sent", "delivered", "read", "played", "unknown", "failed"]

  static func stop(_ row: BroadcastRow, _ connection: Connection) throws -> BroadcastRules.Stop? {
    let failed =
      try connection.first(
        "SELECT count FROM broadcast_counts WHERE broadcast_id = ? AND state = 'failed'", row.id.text,
        map: { try $0.int(0) }
      ) ?? 0
    // Less cannot be a quarter of the least.
    guard failed * 4 > least else { return nil }
    var last: [(sequence: Int64, isFailed: Bool)] = []
    for status in ended {
      last += try connection.all(
        """
        SELECT sequence FROM messages
        WHERE broadcast_id = ? AND status = ? AND sequence > ? ORDER BY sequence DESC LIMIT ?
        """, row.id.text, status, row.watchedFrom, window
      ) { (try $0.int64(0), status == "failed") }
    }
    last.sort { $0.sequence > $1.sequence }
    let seen = last.prefix(window)
    guard seen.count >= least, seen.count(where: \.isFailed) * 4 > seen.count, let oldest = seen.last?.sequence else {
      return nil
    }
    var codes: [String: Int] = [:]
    try connection.forEach(
      """
      SELECT coalesce(error_code, ''), count(*) FROM messages
      WHERE broadcast_id = ? AND status = 'failed' AND sequence >= ? GROUP BY 1
      """, row.id.text, max(oldest, row.watchedFrom + 1)
    ) { codes[try $0.text(0)] = try $0.int(1) }
    let shared = codes.filter { !ofRecipients.contains($0.key) }
    let count = shared.values.reduce(0, +)
    guard count * 4 > seen.count, let worst = shared.max(by: { $0.value < $1.value })?.key else { return nil }
    return BroadcastRules.Stop(
      reason: .tooManyFailures,
      detail: "\(count) of the last \(seen.count) failed, most of them with \(worst). See one of these messages for "
        + "the next step, then resume.")
  }
}
