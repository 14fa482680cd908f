package import Store

/// Single steps of the service's work, for measurements in the store of a service that does not run.
package enum MeasuredSteps {
  /// The walk that the delivery loop begins with and repeats now and then, a page of webhooks of each lane; how many
  /// have something due.
  package static func lookForDue(at now: Int64, _ connection: Connection) throws -> Int {
    try DeliveryLane.allCases.map { lane in
      try DueWebhooks.find(lane, after: nil, connection).found.count { $0.dueAt <= now }
    }.reduce(0, +)
  }

  /// Marks up to `limit` deliveries of every webhook with something due as taken; how many there were.
  package static func take(limit: Int, at now: Int64, _ connection: Connection) throws -> Int {
    let found = try DueWebhooks.find(.new, after: nil, connection).found.filter { $0.dueAt <= now }
    return try found.reduce(0) { count, found in
      let grant = DeliveryPlaces.Grant(webhook: found.webhook, shares: [.new: limit], replays: 0, additions: 0)
      return try count + TakenDeliveries.take(grant, perWebhook: limit, at: now, connection).rows.count
    }
  }
}
