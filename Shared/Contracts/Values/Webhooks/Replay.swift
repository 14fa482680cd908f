/// Events that are delivered to a webhook once more.
package struct Replay: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// Somebody asked for it.
    case replay
    /// What a webhook missed while it was paused or failed, delivered since it was resumed.
    case gap
    /// The same, called off instead.
    case skip
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    /// A look at how many it would be; nothing was queued.
    case dryRun = "dry_run"
    /// Events are being queued, or wait for their first attempt; while its webhook is paused it waits.
    case running
    /// Everything was attempted at least once.
    case completed
    case cancelled
  }

  /// Absent for a dry run.
  package var id: ReplayID?
  package var kind: Kind
  package var webhookID: WebhookID
  package var selection: ReplaySelection
  package var state: State
  /// Events that the selection holds, counted before the start; at least so many when `isExact` is false.
  package var matched: Int
  package var isExact: Bool
  /// Queued so far; of `skip` called off so far.
  package var queued: Int
  package var createdAt: Timestamp
  package var endedAt: Timestamp?

  package init(
    id: ReplayID?, kind: Kind = .replay, webhookID: WebhookID, selection: ReplaySelection, state: State, matched: Int,
    isExact: Bool, queued: Int, createdAt: Timestamp, endedAt: Timestamp?
  ) {
    self.id = id
    self.kind = kind
    self.webhookID = webhookID
    self.selection = selection
    self.state = state
    self.matched = matched
    self.isExact = isExact
    self.queued = queued
    self.createdAt = createdAt
    self.endedAt = endedAt
  }
}
