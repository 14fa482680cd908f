import Contracts
import Store

extension LoggedAttempt {
  /// Rows that one answer looks at for those that failed: some ten milliseconds.
  static let looked = 10_000

  static func listSQL(failedOnly: Bool) -> String {
    """
    SELECT a.id, a.at, a.milliseconds, a.dialled_address, a.http_status, a.error_class, a.response, a.delivery_id,
      e.id, e.type
    FROM (
      SELECT * FROM attempts INDEXED BY attempts_by_webhook
      WHERE webhook_id = ?1 AND id < ?2
      ORDER BY id DESC
      LIMIT \(failedOnly ? "\(looked)" : "?3")
    ) a
    JOIN deliveries d ON d.id = a.delivery_id
    JOIN events e ON e.id = d.event_id
    \(failedOnly ? "WHERE coalesce(a.http_status, 0) NOT BETWEEN 200 AND 299" : "")
    ORDER BY a.id DESC
    LIMIT ?3
    """
  }

  private static let lookedSQL = """
    SELECT id FROM attempts INDEXED BY attempts_by_webhook
    WHERE webhook_id = ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET \(looked - 1)
    """

  /// A page of a webhook's attempts, newest first, and where the next one begins. Of those that failed it may be short.
  static func list(
    webhook: WebhookID, failedOnly: Bool, before: AttemptID?, limit: Int, _ connection: Connection
  ) throws -> Page<LoggedAttempt> {
    let before = before?.text ?? "~"
    let found = try connection.all(listSQL(failedOnly: failedOnly), webhook.text, before, limit + 1) { row in
      LoggedAttempt(
        deliveryID: DeliveryID(trusted: try row.text(7)), eventID: EventID(trusted: try row.text(8)),
        eventType: PlatformEvent.Kind(rawValue: try row.text(9)) ?? .messageStatus, attempt: try DeliveryAttempt(row))
    }
    var page = PageRequest.page(found, limit: limit) { $0.attempt.id.text }
    if page.nextCursor == nil, failedOnly {
      page.nextCursor = try connection.first(lookedSQL, webhook.text, before) { PageRequest.cursor(try $0.text(0)) }
    }
    page.end(size: { 240 + $0.attempt.answerSize }, position: { $0.attempt.id.text })
    return page
  }
}
