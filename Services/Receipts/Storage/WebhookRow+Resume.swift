import Contracts
import Store

extension WebhookRow {
  /// Active again, with nothing held against it: it fails from now on, or not at all. Who was told of trouble is still
  /// to be told of its end.
  func resume(at now: Int64, _ connection: Connection) throws -> WebhookRow {
    var row = self
    // Whoever heard that it was paused hears when it takes events again.
    if let pause, pause.reason != .byHand { row.told = EndpointHealth.owesRecovery }
    row.pause = nil
    row.health.restart()
    row.version += 1
    row.updatedAt = now
    try row.update(connection)
    try row.storeHealth(connection)
    return row
  }
}
