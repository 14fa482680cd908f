import Contracts
import Store

extension DeliveryAttempt {
  /// Attempts shown of one delivery: the schedule allows 50, interrupted ones come on top.
  static let shown = 100
  /// Attempts shown of each delivery of a list.
  static let listed = 5

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

  /// The newest attempts of a delivery, as many as an answer holds, oldest first.
  static func list(delivery: DeliveryID, limit: Int = shown, _ connection: Connection) throws -> [DeliveryAttempt] {
    let newest = try connection.all(
      """
      SELECT id, at, milliseconds, dialled_address, http_status, error_class, response
      FROM attempts
      WHERE delivery_id = ?
      ORDER BY id DESC
      LIMIT ?
      """, delivery.text, limit, map: Self.init)
    return newest.prefix(AnswerSize.fitting(newest.lazy.map(\.answerSize))).reversed()
  }

  /// Reads id, at, milliseconds, address, status, error and answer.
  init(_ row: Row) throws {
    self.init(
      id: AttemptID(trusted: try row.text(0)), at: Timestamp(milliseconds: try row.int64(1)),
      durationMilliseconds: try row.int(2), dialledAddress: try row.optionalText(3),
      httpStatus: try row.optionalInt(4), errorClass: try row.optionalText(5), response: try row.optionalText(6))
  }
}
