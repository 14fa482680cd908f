import Store
import TestSupport
import Testing

@Suite struct DurableQueueTests {
  private let queue = DurableQueue(table: "job_queue")

  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func open() throws -> Database {
    try TemporaryDatabase([Migration("queue", sql: queue.schema)], in: directory).database
  }

  /// A database with jobs `ids`, all due at 100.
  private func filled(_ ids: String...) async throws -> Database {
    let database = try open()
    try await database.write { [queue] connection throws in
      for id in ids { try queue.enqueue(connection, id: id, payload: "do \(id)", dueAt: 100, now: 50) }
    }
    return database
  }

  private func lease(_ database: Database, at now: Int64, limit: Int = 10) async throws -> [QueuedJob] {
    try await database.write { [queue] in try queue.lease($0, now: now, for: 1000, limit: limit) }
  }

  @Test func `a job is leased when it is due, once, with all it was given`() async throws {
    let database = try await filled("a")
    #expect(try await lease(database, at: 99).isEmpty)
    let job = try #require(try await lease(database, at: 100).first)
    #expect(job.id == "a" && job.text == "do a" && job.lane == "")
    #expect(job.attempts == 1 && job.dueAt == 100 && job.createdAt == 50 && job.leasedUntil == 1100)
    #expect(job.lastError == nil)
    #expect(try await lease(database, at: 101).isEmpty)
  }

  @Test func `the job due longest comes first, and one moment keeps the order of arrival`() async throws {
    let database = try open()
    try await database.write { [queue] connection throws in
      for (id, due) in [("late", 300), ("first", 100), ("second", 200), ("third", 200), ("future", 900)] {
        try queue.enqueue(connection, id: id, payload: [], dueAt: Int64(due), now: 0)
      }
    }
    #expect(try await lease(database, at: 500, limit: 2).map(\.id) == ["first", "second"])
    #expect(try await lease(database, at: 500, limit: 5).map(\.id) == ["third", "late"])
    #expect(try await lease(database, at: 500, limit: 0).isEmpty)
    #expect(try await lease(database, at: 2000, limit: 5).map(\.id) == ["first", "second", "third", "late", "future"])
  }

  @Test func `enqueueing an id again changes nothing and says so`() async throws {
    let database = try await filled("a")
    try await database.write { [queue] connection throws in
      #expect(try !queue.enqueue(connection, id: "a", payload: "other", dueAt: 1, now: 1))
      let job = try #require(try queue.lease(connection, now: 100, for: 10, limit: 1).first)
      #expect(job.text == "do a")
      #expect(try !queue.enqueue(connection, id: "a", payload: "other", dueAt: 1, now: 1))
      #expect(try queue.complete(connection, job))
      #expect(try queue.enqueue(connection, id: "a", payload: "again", dueAt: 1, now: 1))
    }
  }

  @Test func `a lease that ran out goes to somebody else, and its old holder can do nothing`() async throws {
    let database = try await filled("a")
    let old = try #require(try await lease(database, at: 100).first)
    #expect(try await lease(database, at: 1099).isEmpty)
    let new = try #require(try await lease(database, at: 1100).first)
    #expect(new.attempts == 2)
    try await database.write { [queue] connection throws in
      #expect(try !queue.complete(connection, old))
      #expect(try !queue.retry(connection, old, dueAt: 1, error: "late"))
      #expect(try !queue.bury(connection, old, error: "late"))
      #expect(try !queue.extend(connection, old, until: 9999))
      #expect(try queue.counts(connection, now: 1100).leased == 1)
      #expect(try queue.complete(connection, new))
      #expect(try !queue.complete(connection, new))
    }
  }

  @Test func `a holder whose lease ran out unnoticed may still complete`() async throws {
    let database = try await filled("a")
    let job = try #require(try await lease(database, at: 100).first)
    let done = try await database.write { [queue] in try queue.complete($0, job) }
    #expect(done)
    #expect(try await lease(database, at: 5000).isEmpty)
  }

  @Test func `an extended lease lasts longer`() async throws {
    let database = try await filled("a")
    let job = try #require(try await lease(database, at: 100).first)
    let done = try await database.write { [queue] in try queue.extend($0, job, until: 3000) }
    #expect(done)
    #expect(try await lease(database, at: 2999).isEmpty)
    #expect(try await lease(database, at: 3000).count == 1)
  }

  @Test func `a retried job waits for its new time and remembers why`() async throws {
    let database = try await filled("a")
    let job = try #require(try await lease(database, at: 100).first)
    let long = String(repeating: "é", count: 5000)
    let done = try await database.write { [queue] in try queue.retry($0, job, dueAt: 500, error: long) }
    #expect(done)
    #expect(try await lease(database, at: 499).isEmpty)
    let again = try #require(try await lease(database, at: 500).first)
    #expect(again.attempts == 2)
    #expect(again.lastError == String(repeating: "é", count: DurableQueue.errorBytes / 2))
  }

  @Test func `a buried job stays aside until it is revived or discarded`() async throws {
    let database = try await filled("a", "b", "c")
    let jobs = try await lease(database, at: 100)
    try await database.write { [queue] connection throws in
      for job in jobs { #expect(try queue.bury(connection, job, error: "no use: \(job.id)")) }
      #expect(try queue.lease(connection, now: 99_999, for: 1, limit: 9).isEmpty)
      #expect(try queue.buried(connection, limit: 2).map(\.id) == ["a", "b"])
      let last = try #require(try queue.buried(connection, after: "b", limit: 2).first)
      #expect(last.id == "c" && last.error == "no use: c" && last.attempts == 1 && last.payload == Array("do c".utf8))
      #expect(try queue.revive(connection, id: "b", dueAt: 700))
      #expect(try !queue.revive(connection, id: "b", dueAt: 700))
      #expect(try queue.discard(connection, id: "c", now: 100))
      #expect(try queue.counts(connection, now: 100).dead == 1)
      let revived = try queue.lease(connection, now: 700, for: 1, limit: 9)
      #expect(revived.map(\.id) == ["b"])
      #expect(revived.first?.attempts == 1)
    }
  }

  @Test func `a leased job cannot be discarded, an abandoned one can`() async throws {
    let database = try await filled("a")
    _ = try await lease(database, at: 100)
    try await database.write { [queue] connection throws in
      #expect(try !queue.discard(connection, id: "a", now: 1099))
      #expect(try queue.discard(connection, id: "a", now: 1100))
    }
  }

  @Test func `a lane is leased by itself, and lanes with work are listed`() async throws {
    let database = try open()
    try await database.write { [queue] connection throws in
      for lane in ["", "b", "c", "d"] {
        for number in 0..<5 {
          let due = lane == "d" ? 900 : Int64(100 + number)
          try queue.enqueue(connection, id: "\(lane)\(number)", lane: lane, payload: [], dueAt: due, now: 0)
        }
      }
      #expect(try queue.dueLanes(connection, now: 99, limit: 10) == [])
      #expect(try queue.dueLanes(connection, now: 200, limit: 10) == ["", "b", "c"])
      #expect(try queue.dueLanes(connection, now: 200, limit: 2) == ["", "b"])
      #expect(try queue.dueLanes(connection, after: "", now: 900, limit: 10) == ["b", "c", "d"])
      let jobs = try queue.lease(connection, lane: "b", now: 102, for: 50, limit: 10)
      #expect(jobs.map(\.id) == ["b0", "b1", "b2"])
      #expect(jobs.allSatisfy { $0.lane == "b" })
      _ = try queue.lease(connection, lane: "b", now: 110, for: 50, limit: 10)
      #expect(try queue.dueLanes(connection, now: 120, limit: 10) == ["", "c"])
      #expect(try queue.dueLanes(connection, now: 152, limit: 10) == ["", "b", "c"])
      #expect(try queue.lease(connection, lane: "b", now: 152, for: 50, limit: 10).map(\.id) == ["b0", "b1", "b2"])
    }
  }

  @Test func `the next due time is the earliest of what waits and what is leased`() async throws {
    let database = try open()
    let next = { [queue] in try await database.read { try queue.nextDue($0) } }
    #expect(try await next() == nil)
    try await database.write { [queue] connection throws in
      try queue.enqueue(connection, id: "a", payload: [], dueAt: 100, now: 0)
      try queue.enqueue(connection, id: "b", payload: [], dueAt: 5000, now: 0)
    }
    #expect(try await next() == 100)
    let job = try #require(try await lease(database, at: 200).first)
    #expect(try await next() == 1200)
    try await database.write { [queue] in _ = try queue.complete($0, job) }
    #expect(try await next() == 5000)
  }

  @Test func `counts tell the states apart`() async throws {
    let database = try await filled("a", "b", "c")
    try await database.write { [queue] connection throws in
      try queue.enqueue(connection, id: "later", payload: [], dueAt: 9000, now: 0)
      let jobs = try queue.lease(connection, now: 100, for: 10, limit: 2)
      #expect(try queue.bury(connection, jobs[0], error: ""))
    }
    let counts = try await database.read { [queue] in try queue.counts($0, now: 150) }
    #expect(counts == QueueCounts(ready: 2, due: 1, leased: 1, dead: 1, oldestDue: 100))
  }

  @Test func `jobs and leases outlive the process's database`() async throws {
    let first = try open()
    try await first.write { [queue] connection throws in
      try queue.enqueue(connection, id: "leased", payload: "1", dueAt: 1, now: 0)
      _ = try queue.lease(connection, now: 1, for: 100, limit: 1)
      try queue.enqueue(connection, id: "waiting", payload: "2", dueAt: 1, now: 0)
    }
    first.close()
    let second = try open()
    #expect(try await lease(second, at: 50).map(\.id) == ["waiting"])
    #expect(try await lease(second, at: 101).map(\.id) == ["leased"])
  }

  @Test func `workers that lease at once never share a job`() async throws {
    let database = try open()
    try await database.write { [queue] connection throws in
      for number in 0..<300 { try queue.enqueue(connection, id: "\(number)", payload: [], dueAt: 1, now: 0) }
    }
    let ids = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<8 {
        group.addTask { [queue] in
          var mine: [String] = []
          while true {
            let jobs = try await database.write { try queue.lease($0, now: 5, for: 1000, limit: 7) }
            guard !jobs.isEmpty else { return mine }
            for job in jobs { #expect(try await database.write { try queue.complete($0, job) }) }
            mine += jobs.map(\.id)
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(ids.count == 300)
    #expect(Set(ids).count == 300)
  }

  @Test func `one job per lane is leased, the next when it is done`() async throws {
    let database = try open()
    try await database.write { [queue] connection throws in
      for (id, due) in [("b1", 10), ("a1", 20), ("a2", 30), ("b2", 40), ("c1", 50), ("d1", 900)] {
        try queue.enqueue(connection, id: id, lane: "\(id.prefix(1))", payload: [], dueAt: Int64(due), now: 0)
      }
      let first = try queue.leaseOnePerLane(connection, now: 100, for: 50, limit: 2)
      #expect(first.map(\.id) == ["b1", "a1"])
      #expect(try queue.leaseOnePerLane(connection, now: 100, for: 100, limit: 9).map(\.id) == ["c1"])
      #expect(try queue.leaseOnePerLane(connection, now: 100, for: 100, limit: 9).isEmpty)
      #expect(try queue.complete(connection, first[1]))
      #expect(try queue.leaseOnePerLane(connection, now: 100, for: 100, limit: 9).map(\.id) == ["a2"])
      // The lease of b1 runs out at 150: it comes again, before b2.
      #expect(try queue.leaseOnePerLane(connection, now: 149, for: 100, limit: 9).isEmpty)
      let again = try queue.leaseOnePerLane(connection, now: 150, for: 100, limit: 9)
      #expect(again.map(\.id) == ["b1"])
      #expect(try queue.retry(connection, again[0], dueAt: 800, error: "busy"))
      #expect(try queue.leaseOnePerLane(connection, now: 160, for: 100, limit: 9).map(\.id) == ["b2"])
      #expect(try queue.leaseOnePerLane(connection, now: 160, for: 100, limit: 0).isEmpty)
    }
  }

  @Test func `every lookup walks an index, not the table`() async throws {
    let database = try open()
    try await database.read { [queue] connection throws in
      for sql in queue.lookups {
        let parameters = Set(sql.matches(of: /\?[0-9]/).map(\.output)).count
        let count = parameters > 0 ? parameters : sql.filter { $0 == "?" }.count
        let values = [any SQLConvertible](repeating: 1, count: count)
        let plan = try connection.all("EXPLAIN QUERY PLAN " + sql, values: values) { try $0.text(3) }
        let scans = plan.filter { $0.hasPrefix("SCAN job_queue") && !$0.contains("USING") }
        #expect(scans.isEmpty, "\(plan)")
        #expect(plan.contains { $0.contains("INDEX job_queue_") }, "\(plan)")
      }
    }
  }

  @Test func `due jobs come out of the index in order, without sorting`() async throws {
    let database = try open()
    try await database.read { [queue] connection throws in
      for sql in queue.lookups.prefix(3) {
        let values = [any SQLConvertible](repeating: 1, count: sql.filter { $0 == "?" }.count)
        let plan = try connection.all("EXPLAIN QUERY PLAN " + sql, values: values) { try $0.text(3) }
        #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH job_queue USING"), "\(plan)")
      }
    }
  }
}
