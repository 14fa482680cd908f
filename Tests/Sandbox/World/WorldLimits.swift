/// What a world remembers at most; each limit answers with an error or a count, never in silence.
package struct WorldLimits: Sendable {
  /// Messages of each direction in the ledger; Graph answers "too many calls" beyond it.
  package var ledgerEntries = 1_000_000
  /// Webhook updates waiting; more are dropped and counted.
  package var waitingUpdates = 500_000
  /// Open customer service windows; beyond it customers' messages are refused.
  package var windows = 500_000
  /// Receipts of each business; beyond it 507.
  package var receipts = 200_000
  /// Faults waiting at once.
  package var faults = 1_000

  package init() {}
}
