/// How many recipients of a broadcast are where: each is counted once.
package struct BroadcastCounts: Codable, Sendable, Equatable {
  package var recipients: Int
  package var pending: Int
  package var queued: Int
  /// Taken by Meta, and nothing heard since.
  package var sent: Int
  package var delivered: Int
  package var read: Int
  package var failed: Int
  /// Nobody knows whether it reached Meta.
  package var unknown: Int
  /// Not written to: opted out, or not fit for the template.
  package var skipped: Int
  package var expired: Int
  package var cancelled: Int

  package init(
    pending: Int = 0, queued: Int = 0, sent: Int = 0, delivered: Int = 0, read: Int = 0, failed: Int = 0,
    unknown: Int = 0, skipped: Int = 0, expired: Int = 0, cancelled: Int = 0
  ) {
    self.pending = pending
    self.queued = queued
    self.sent = sent
    self.delivered = delivered
    self.read = read
    self.failed = failed
    self.unknown = unknown
    self.skipped = skipped
    self.expired = expired
    self.cancelled = cancelled
    recipients = pending + queued + sent + delivered + read + failed + unknown + skipped + expired + cancelled
  }
}
