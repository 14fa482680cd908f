import Contracts
import Store

extension WebhookRow {
  /// Active again, with nothing held against it: it fails from now on, or not at all.
  func resume(at now: Int64, _ connection: Connection) throws -> WebhookRow {
    var row = self
    row.pause = nil
    row.failingSince = nil
    row.failures = 0
    row.told = 0
    row.version += 1
    row.updatedAt = now
    try row.update(connection)
    try connection.execute("UPDATE webhooks SET failing_since = NULL, failures = 0, told = 0 WHERE id = ?", id.text)
    return row
  }
}
