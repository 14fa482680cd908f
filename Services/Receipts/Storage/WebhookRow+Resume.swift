import Contracts
import Store

extension WebhookRow {
  /// Active again, with nothing held against it: it fails from now on, or not at all. Who was told of trouble is still
  /// to be told of its end.
  func resume(at now: Int64, _ connection: Connection) throws -> WebhookRow {
    var row = self
    row.pause = nil
    row.failingSince = nil
    row.failures = 0
    row.told = pause.map { $0.reason == .byHand } ?? true ? min(told, 1) : 1
    row.version += 1
    row.updatedAt = now
    try row.update(connection)
    try connection.execute(
      "UPDATE webhooks SET failing_since = NULL, failures = 0, told = ? WHERE id = ?", row.told, id.text)
    return row
  }
}
