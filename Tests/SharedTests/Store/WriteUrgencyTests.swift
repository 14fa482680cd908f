import Store
import Synchronization
import TestSupport
import Testing

@Suite struct WriteUrgencyTests {
  /// Holds the writer while `background` writes and `prompt` ones queue up, until the former have waited long enough
  /// (at most half a second); the order they ran in, background writes being number -1.
  private func order(prompt: Int, background: Int = 1, limits: StoreLimits) async throws -> [Int] {
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    let ran = Order()
    let gate = Gate()
    async let held: Void = database.write { _ in try gate.pass() }
    try await gate.waitUntilHeld()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<background {
        group.addTask { try await database.write(.background) { _ in ran.add(-1) } }
        try await eventually { database.statistics.writeQueueDepth == number + 1 }
      }
      let expired = ContinuousClock.now + .milliseconds(min(500, limits.backgroundWaitMilliseconds))
      for number in 0..<prompt {
        group.addTask { try await database.write { _ in ran.add(number) } }
        try await eventually { database.statistics.writeQueueDepth == background + number + 1 }
      }
      try await eventually { ContinuousClock.now > expired }
      gate.open()
      try await group.waitForAll()
    }
    try await held
    return ran.numbers
  }

  private final class Order: Sendable {
    private let list = Mutex<[Int]>([])
    func add(_ number: Int) { list.withLock { $0.append(number) } }
    var numbers: [Int] { list.withLock { $0 } }
  }

  @Test func `prompt writes go before a background write that came first`() async throws {
    var limits = StoreLimits()
    limits.batch = 2
    limits.backgroundWaitMilliseconds = 60_000
    #expect(try await order(prompt: 5, limits: limits) == [0, 1, 2, 3, 4, -1])
  }

  @Test func `a background write that has waited long enough goes before prompt writes`() async throws {
    var limits = StoreLimits()
    limits.backgroundWaitMilliseconds = 0
    #expect(try await order(prompt: 5, limits: limits) == [-1, 0, 1, 2, 3, 4])
  }

  @Test func `background writes that waited together do not follow each other`() async throws {
    var limits = StoreLimits()
    limits.backgroundWaitMilliseconds = 500
    #expect(try await order(prompt: 3, background: 2, limits: limits) == [-1, 0, 1, 2, -1])
  }

  @Test func `a background write runs when its patience ends, though the gap has not`() async throws {
    var limits = StoreLimits()
    limits.promptGapMicroseconds = 60_000_000
    limits.backgroundWaitMilliseconds = 1
    #expect(try await order(prompt: 0, limits: limits) == [-1])
  }

  @Test func `closing does not leave a background write behind`() async throws {
    var limits = StoreLimits()
    limits.promptGapMicroseconds = 60_000_000
    limits.backgroundWaitMilliseconds = 60_000
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    try await database.write { try $0.add(1) }
    async let waiting: Void = database.write(.background) { try $0.add(2) }
    try await eventually { database.statistics.writeQueueDepth == 1 }
    database.close()
    try await waiting
    #expect(database.statistics.writes == 2)
  }

  @Test func `a background write has a commit of its own`() async throws {
    let store = try TemporaryDatabase(notes)
    try await store.database.write(.background) { try $0.add(1) }
    try await store.database.write(.background) { try $0.add(2) }
    #expect(store.database.statistics.commits == 2)
    #expect(store.database.statistics.largestBatch == 1)
  }

  @Test func `background writes count towards the limit of those that wait`() async throws {
    var limits = StoreLimits()
    limits.writeQueue = 1
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    let gate = Gate()
    async let held: Void = database.write { _ in try gate.pass() }
    try await gate.waitUntilHeld()
    async let waiting: Void = database.write(.background) { try $0.add(1) }
    try await eventually { database.statistics.writeQueueDepth == 1 }
    await #expect { try await database.write { try $0.add(2) } } throws: { ($0 as? StoreFailure)?.code == .overloaded }
    gate.open()
    try await held
    try await waiting
    #expect(try await database.read { try $0.ids() } == [1])
  }
}
