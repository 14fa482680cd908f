package import Store

/// Single steps of the service's work, for measurements in the store of a service that does not run.
package enum MeasuredSteps {
  /// What the delivery loop asks before every turn; webhooks with something due, and the same of all lanes.
  package static func lookForDue(at now: Int64, _ connection: Connection) throws -> Int {
    try DueWebhooks.find(at: now, connection).queues.count
  }

  /// Marks up to `limit` deliveries of every webhook with something due as taken; how many there were.
  package static func take(limit: Int, at now: Int64, _ connection: Connection) throws -> Int {
    try DueWebhooks.find(at: now, connection).queues.reduce(0) { count, queue in
      try count + DeliveryRow.take(queue, limit: limit, at: now, connection).count
    }
  }
}
