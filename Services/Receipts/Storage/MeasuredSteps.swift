package import Contracts
package import Store

/// Single steps of the service's work, for measurements in the store of a service that does not run.
package enum MeasuredSteps {
  /// The walk over all webhooks with something waiting, at the start and now and then; how many queues it found.
  package static func walk(_ connection: Connection) throws -> Int {
    try DeliveryLane.allCases.reduce(0) { count, lane in
      var (count, last) = (count, WebhookID?.none)
      repeat {
        let page = try DueWebhooks.find(lane, after: last, connection)
        count += page.found.count
        last = page.last
      } while last != nil
      return count
    }
  }

  /// What a turn does for one webhook: takes what is due, new before retries, and looks when the next falls due. How
  /// many deliveries it took.
  package static func take(_ webhook: WebhookID, limit: Int, at now: Int64, _ connection: Connection) throws -> Int {
    guard let row = try WebhookRow.find(webhook, connection) else { return 0 }
    let count = try DeliveryLane.allCases.reduce(0) { count, lane in
      try count + DeliveryRow.take(lane, of: row, limit: limit, at: now, connection).count
    }
    _ = try DueWebhooks.times(of: webhook, connection)
    return count
  }
}
