import Foundation
import Glibc
import Store
import TestSupport
import Transport

/// Durable writes of 64 callers: a commit for each against commits shared, `synchronous=FULL`, on a real folder.
struct StoreBench {
  let runs: Int
  private let callers = 64
  private let time = Duration.seconds(2)
  private let body = [UInt8](repeating: 0x20, count: 200)

  init(runs: Int) { self.runs = runs }

  func run() async throws -> [Figure] {
    let loop = try EventLoop(name: "bench-callers")
    defer { loop.stop() }
    var (single, grouped, syncs) = ([Outcome](), [Outcome](), [Double]())
    for _ in 0..<runs {
      // Turn about, so that a disk that is slow for a while is slow for both.
      syncs.append(try syncRate())
      single.append(try await outcome(loop, batch: 1))
      grouped.append(try await outcome(loop, batch: StoreLimits().batch))
    }
    func median(_ outcomes: [Outcome], _ value: (Outcome) -> Double) -> Double { Samples.median(outcomes.map(value)) }
    let rate = (single: median(single, \.rate), grouped: median(grouped, \.rate))
    return [
      Figure("store_fdatasync_floor", Samples.median(syncs), "syncs/s"),
      Figure("store_single_commits_64_callers", rate.single, "rows/s"),
      Figure("store_single_commits_p50", median(single, \.p50), "ms"),
      Figure("store_single_commits_p99", median(single, \.p99), "ms"),
      Figure("store_group_commits_64_callers", rate.grouped, "rows/s"),
      Figure("store_group_commits_p50", median(grouped, \.p50), "ms"),
      Figure("store_group_commits_p99", median(grouped, \.p99), "ms"),
      Figure("store_rows_per_commit", median(grouped, \.meanBatch), "rows"),
      Figure("store_group_to_single", rate.grouped / rate.single, "ratio", atLeast: 10),
    ]
  }

  private struct Outcome {
    var rate: Double
    var p50: Double
    var p99: Double
    var meanBatch: Double
  }

  private func outcome(_ loop: EventLoop, batch: Int) async throws -> Outcome {
    var limits = StoreLimits()
    limits.batch = batch
    let store = try TemporaryDatabase(
      [
        Migration(
          "rows", sql: "CREATE TABLE rows (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT")
      ], limits: limits)
    let database = store.database
    let begun = MonotonicClock.now
    let end = begun + time.nanoseconds
    let times = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for _ in 0..<callers {
        group.addTask(executorPreference: loop) { [body] in
          var times: [Int64] = []
          var now = MonotonicClock.now
          while now < end {
            let at = now
            try await database.write { try $0.execute("INSERT INTO rows (at, body) VALUES (?, ?)", at, body) }
            now = MonotonicClock.now
            times.append(now - at)
          }
          return times
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let seconds = Double(MonotonicClock.now - begun) / 1e9
    let rows = try await database.read { try $0.first("SELECT count(*) FROM rows") { try $0.int(0) } ?? 0 }
    guard rows == times.count else { throw BenchFailure("\(times.count) writes returned and \(rows) rows are there") }
    let meanBatch = database.statistics.meanBatch
    database.close()
    return Outcome(
      rate: Double(rows) / seconds, p50: Samples.milliseconds(Samples.percentile(times, 0.5)),
      p99: Samples.milliseconds(Samples.percentile(times, 0.99)), meanBatch: meanBatch)
  }

  /// What the disk allows: a page appended and synced, one after the other.
  private func syncRate() throws -> Double {
    let folder = try TemporaryDirectory()
    let descriptor = open(folder.file("floor"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw BenchFailure("cannot write in \(folder.path)") }
    defer { close(descriptor) }
    let page = [UInt8](repeating: 1, count: 4096)
    let begun = MonotonicClock.now
    var count = 0
    while MonotonicClock.now - begun < 500_000_000 {
      guard write(descriptor, page, page.count) == page.count, fdatasync(descriptor) == 0 else {
        throw BenchFailure("fdatasync failed with error \(errno)")
      }
      count += 1
    }
    return Double(count) / (Double(MonotonicClock.now - begun) / 1e9)
  }
}
