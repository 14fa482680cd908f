import Contracts
import Store

extension Connection {
  /// Kept of a sender; whoever holds a link could add more for as long as he likes.
  static let signupEventsKept = 200

  func insert(_ event: SignupEvent) throws {
    try execute(
      """
      INSERT INTO signup_events (id, sender_id, event, current_step, error_message, error_code, session_id, version, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, event.id.text, event.senderID.text, event.event.rawValue, event.currentStep, event.errorMessage,
      event.errorCode, event.sessionID, event.version, event.at.milliseconds)
    try execute(
      """
      DELETE FROM signup_events WHERE sender_id = ?1 AND sequence <= (
        SELECT sequence FROM signup_events WHERE sender_id = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2)
      """, event.senderID.text, Self.signupEventsKept)
  }

  /// Newest first, before the event at `cursor`.
  func signupEvents(_ sender: SenderID, before cursor: String?, limit: Int) throws -> [SignupEvent] {
    try all(
      """
      SELECT id, event, current_step, error_message, error_code, session_id, version, at FROM signup_events
      WHERE sender_id = ?1 AND (?2 IS NULL OR sequence < (SELECT sequence FROM signup_events WHERE id = ?2))
      ORDER BY sequence DESC
      LIMIT ?3
      """, sender.text, cursor, limit
    ) { row in
      SignupEvent(
        id: EventID(trusted: try row.text(0)), senderID: sender,
        event: SignupEvent.Kind(rawValue: try row.text(1)) ?? .error, currentStep: try row.optionalText(2),
        errorMessage: try row.optionalText(3), errorCode: try row.optionalText(4), sessionID: try row.optionalText(5),
        version: try row.optionalText(6), at: Timestamp(milliseconds: try row.int64(7)))
    }
  }
}
