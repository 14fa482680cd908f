/// What a store has done since it was opened, for metrics.
package struct StoreStatistics: Sendable, Equatable {
  /// Transactions committed.
  package internal(set) var commits = 0
  /// Transactions that could not begin or commit: every write in them failed.
  package internal(set) var failedCommits = 0
  /// Writes committed.
  package internal(set) var writes = 0
  /// Writes that failed, by themselves or with their transaction.
  package internal(set) var failedWrites = 0
  /// Writes refused because the queue was full.
  package internal(set) var refusedWrites = 0
  /// Writes waiting now.
  package internal(set) var writeQueueDepth = 0
  /// Writes in the last commit.
  package internal(set) var lastBatch = 0
  /// Writes in the largest commit.
  package internal(set) var largestBatch = 0
  /// How long transactions took, from `BEGIN` to the end of `COMMIT`.
  package internal(set) var commitTimes = CommitTimes()
  /// Reads done.
  package internal(set) var reads = 0
  /// Reads that found every reader busy and had to wait.
  package internal(set) var waitedReads = 0
  /// Reads refused because the queue was full.
  package internal(set) var refusedReads = 0
  /// Reads waiting now.
  package internal(set) var readQueueDepth = 0

  /// Writes per commit, on average.
  package var meanBatch: Double { commits == 0 ? 0 : Double(writes) / Double(commits) }
}
