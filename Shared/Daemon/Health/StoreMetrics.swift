import Store
import Telemetry

/// A store's statistics as metrics.
enum StoreMetrics {
  static func register(_ database: Database, in metrics: Metrics) {
    func counter(_ name: String, _ help: String, _ read: @escaping @Sendable (StoreStatistics) -> Int) {
      metrics.collectCounter("wss_store_" + name, help) { Double(read(database.statistics)) }
    }
    func gauge(_ name: String, _ help: String, _ read: @escaping @Sendable (StoreStatistics) -> Double) {
      metrics.collect("wss_store_" + name, help) { read(database.statistics) }
    }
    counter("commits_total", "Transactions committed.") { $0.commits }
    counter("commit_failures_total", "Transactions that failed with every write in them.") { $0.failedCommits }
    counter("writes_total", "Writes committed.") { $0.writes }
    counter("write_failures_total", "Writes that failed.") { $0.failedWrites }
    counter("writes_refused_total", "Writes refused because the queue was full.") { $0.refusedWrites }
    counter("reads_total", "Reads done.") { $0.reads }
    counter("reads_waited_total", "Reads that waited for a reader.") { $0.waitedReads }
    counter("reads_refused_total", "Reads refused because the queue was full.") { $0.refusedReads }
    gauge("write_queue_depth", "Writes waiting.") { Double($0.writeQueueDepth) }
    gauge("read_queue_depth", "Reads waiting.") { Double($0.readQueueDepth) }
    gauge("batch_writes_mean", "Writes per commit since the start.") { $0.meanBatch }
    gauge("batch_writes_largest", "Writes in the largest commit.") { Double($0.largestBatch) }
    metrics.collectHistogram("wss_store_commit_seconds", "Time from BEGIN to the end of COMMIT.") {
      let times = database.statistics.commitTimes
      return Histogram.Snapshot(bounds: CommitTimes.bounds, counts: times.counts, sum: times.sum)
    }
  }
}
