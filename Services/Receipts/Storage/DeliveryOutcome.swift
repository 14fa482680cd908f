import Contracts
import Store

/// What came of an attempt, until it is stored.
struct DeliveryOutcome: Sendable {
  var row: DeliveryRow
  var attempt: DeliveryAttempt
  var verdict: EndpointVerdict
  var next: DeliveryNext
  var endedAt: Int64

  /// Keeps the attempt and what follows from it. Answers what became of the delivery; nil when it was not in our hand
  /// any more: then nothing has changed.
  func store(_ connection: Connection) throws -> DeliveryRow.Settled? {
    guard let settled = try DeliveryRow.settle(row.id, next, connection) else { return nil }
    var attempt = attempt
    // What an endpoint answered may repeat what it was told of somebody who was erased meanwhile.
    if settled.state == .cancelled { attempt.response = nil }
    try attempt.insert(delivery: row.id, webhook: row.webhook.id, connection)
    return settled
  }
}
