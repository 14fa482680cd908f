import Store
import TestSupport
import Testing

@testable import Daemon

@Suite struct StoreHealthTests {
  let temporary: TemporaryDatabase
  let health = StoreHealth()

  init() async throws {
    temporary = try TemporaryDatabase()
    try await temporary.database.write {
      try $0.execute("CREATE TABLE service_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    }
    health.watch(temporary.database)
  }

  @Test func `an answer is good for a second, whatever happens meanwhile`() async throws {
    #expect(await health.problem(now: 0) == nil)
    let writes = temporary.database.statistics.writes
    #expect(await health.problem(now: StoreHealth.validNanoseconds - 1) == nil)
    #expect(temporary.database.statistics.writes == writes)
    temporary.database.close()
    #expect(await health.problem(now: StoreHealth.validNanoseconds - 1) == nil)
    #expect(await health.problem(now: StoreHealth.validNanoseconds)?.contains("closed") == true)
    #expect(await health.problem(now: StoreHealth.validNanoseconds + 1)?.contains("closed") == true)
  }

  @Test func `a service without a store has no problem with it`() async {
    #expect(await StoreHealth().problem(now: 0) == nil)
  }
}
