import Store

/// Time in which a sender's webhooks arrive. What was not heard of in enough of it will hardly be heard of any more;
/// while Meta cannot reach us, silence says nothing.
enum WebhookTime {
  /// The most that one webhook says of the time before it, in milliseconds.
  static let longestGap: Int64 = 60_000
  /// Noted once within this, in milliseconds.
  private static let grain: Int64 = 1_000

  /// A webhook about this number has arrived.
  static func note(phoneNumberID: String, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO webhook_time (sender_id, alive, last_at)
      SELECT sender_id, 0, ?2 FROM replica_senders WHERE phone_number_id = ?1
      ON CONFLICT (sender_id) DO UPDATE SET
        alive = alive + min(max(excluded.last_at - last_at, 0), \(longestGap)), last_at = excluded.last_at
      WHERE excluded.last_at >= last_at + \(grain) OR excluded.last_at < last_at
      """, phoneNumberID, now)
  }

  /// SQL of a sender's webhook time.
  static func alive(sender: String) -> String {
    "coalesce((SELECT w.alive FROM webhook_time w WHERE w.sender_id = \(sender)), 0)"
  }
}
