import Contracts
import Store

extension DeliveryAttempt {
  /// Attempts shown of one delivery: the schedule allows 50, interrupted ones come on top.
  static let shown = 100

  func insert(delivery: DeliveryID, webhook: WebhookID, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds, dialled_address, http_status, error_class,
        response)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, id.text, delivery.text, webhook.text, at.milliseconds, durationMilliseconds, dialledAddress, httpStatus,
      errorClass,
      response)
  }

  /// The attempts of a delivery, oldest first.
  static func list(delivery: DeliveryID, _ connection: Connection) throws -> [DeliveryAttempt] {
    try connection.all(
      """
      SELECT id, at, milliseconds, dialled_address, http_status, error_class, response
      FROM attempts
      WHERE delivery_id = ?
      ORDER BY id
      LIMIT ?
      """, delivery.text, shown, map: Self.init)
  }

  /// Reads id, at, milliseconds, address, status, error and answer.
  init(_ row: Row) throws {
    self.init(
      id: AttemptID(trusted: try row.text(0)), at: Timestamp(milliseconds: try row.int64(1)),
      durationMilliseconds: try row.int(2), dialledAddress: try row.optionalText(3),
      httpStatus: try row.optionalInt(4), errorClass: try row.optionalText(5), response: try row.optionalText(6))
  }
}
