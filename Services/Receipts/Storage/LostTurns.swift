import Contracts
import Store

/// At start-up: contacts whose deliveries all wait for a turn that nobody has. Nothing leaves them so; if something
/// did, nothing else would ever end it.
enum LostTurns {
  static let findSQL = """
    SELECT webhook_id, order_key FROM deliveries INDEXED BY deliveries_ordered
    WHERE order_key IS NOT NULL AND state IN ('waiting', 'behind', 'held')
    GROUP BY webhook_id, order_key
    HAVING sum(state <> 'behind') = 0
    """

  /// Gives each of them its turn; answers how many there were.
  static func give(_ connection: Connection) throws -> Int {
    let lost = try connection.all(findSQL) { (WebhookID(trusted: try $0.text(0)), try $0.text(1)) }
    for (webhook, key) in lost { try DeliveryRow.advance(webhook, key: key, connection) }
    return lost.count
  }
}
