package import Contracts
package import Store

/// Single steps of the service's work, for measurements in the store of a service that does not run.
package enum MeasuredSteps {
  /// The walk over all webhooks with something waiting, at the start and now and then; how many queues it found.
  package static func walk(_ connection: Connection) throws -> Int {
    var count = 0
    for lane in DeliveryLane.allCases {
      var last: WebhookID?
      repeat {
        let page = try DueWebhooks.find(lane, after: last, connection)
        count += page.found.count
        last = page.last
      } while last != nil
    }
    return count
  }

  /// What a turn does for one webhook: takes what is due, and looks when the next falls due. How many it took.
  package static func take(_ webhook: WebhookID, limit: Int, at now: Int64, _ connection: Connection) throws -> Int {
    let grant = DeliveryPlaces.Grant(webhook: webhook, shares: [.new: limit], replays: 0, additions: 0)
    return try TakenDeliveries.take(grant, perWebhook: limit, at: now, connection).rows.count
  }
}
