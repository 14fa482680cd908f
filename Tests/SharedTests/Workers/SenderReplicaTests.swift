import Contracts
import Crypto
import Store
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport
import Wire
import Workers

@Suite struct SenderReplicaTests {
  @Test func `a registry that is away is reported once, and once when it is back`() async throws {
    let (registryKeys, ownKeys) = try FreshKeys.pair(.senderRegistry, .receipts)
    let port = try FreePorts.next()
    let loop = try EventLoop(name: "replica")
    defer { loop.stop() }
    let lines = CollectedLines()
    let log = Log(service: "receipts", level: .info, sink: .collecting(into: lines))
    var limits = LoopbackService.limits
    limits.connectWait = .milliseconds(10)
    let peer = Peer(
      loop: loop, service: .receipts, peer: .senderRegistry, host: "127.0.0.1", port: port, keys: ownKeys,
      limits: limits, log: .silent, metrics: Metrics())
    // Every try that fails asks for the time.
    let looks = Mutex(0)
    let clock = WallClock {
      looks.withLock { $0 += 1 }
      return WallClock.system.now
    }
    let database = try TemporaryDatabase([SenderReplica.migration, SenderReplica.originMigration])
    let keyring = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "k1"))
    let replica = SenderReplica(
      database: database.database, registry: peer, inTransit: nil, atRest: keyring, loop: loop, clock: clock, log: log,
      metrics: Metrics())
    replica.start()
    try await eventually("several tries have failed") { looks.withLock { $0 } >= 10 }
    #expect(lines.ofEvent("replica.registry_lost").count == 1)

    var router = Router()
    router.on { (call: SenderRegistryAPI.ReplicaChanges, _) -> SenderRegistryAPI.ReplicaChanges.Reply in
      if call.epoch == "e1" { await loop.pause(.milliseconds(20)) }
      return .init(epoch: "e1", isSnapshot: call.epoch != "e1", changes: [], isComplete: true)
    }
    let registry = try RPCServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: port), service: .senderRegistry,
      keys: registryKeys, router: router, log: .silent, metrics: Metrics())
    try await registry.start()
    try await eventually("the registry is back") { !lines.ofEvent("replica.registry_back").isEmpty }
    await registry.drain(within: .milliseconds(10))
    try await eventually("the registry is lost again") { lines.ofEvent("replica.registry_lost").count == 2 }
    await replica.stop()
    await peer.close()
    database.database.close()
    #expect(lines.ofEvent("replica.registry_back").count == 1)
    #expect(lines.ofEvent("work.failed").isEmpty)
    #expect(lines.ofEvent("replica.registry_back")[0].contains("\"level\":\"info\""))
  }

  // MARK: Snapshots

  /// A registry of which a test holds each page of a snapshot until it says go.
  private final class PagedRegistry: Sendable {
    let epoch = Mutex("e1")
    /// Pages of the present epoch; the last one is complete.
    let pages = Mutex<[[Int]]>([[1, 2, 3]])
    let asked = AsyncBox<Int>()
    let mayAnswer = AsyncBox<Void>()

    func answer(_ call: SenderRegistryAPI.ReplicaChanges, _ loop: EventLoop) async throws
      -> SenderRegistryAPI.ReplicaChanges.Reply
    {
      let (epoch, pages) = (epoch.withLock { $0 }, pages.withLock { $0 })
      let isSnapshot = call.epoch != epoch
      let index = isSnapshot ? 0 : pages.firstIndex { ($0.last ?? 0) > call.after } ?? pages.count
      guard index < pages.count else {
        await loop.pause(.milliseconds(20))
        return .init(epoch: epoch, isSnapshot: false, changes: [], isComplete: true)
      }
      asked.put(index)
      try await mayAnswer.next(within: .seconds(20))
      let changes = pages[index].map { number in
        var change = ReplicaChange(
          counter: Int64(number), senderID: SenderID(trusted: "snd_01JD000000000000000000000\(number)"),
          isDeleted: false)
        change.displayName = epoch
        return change
      }
      return .init(epoch: epoch, isSnapshot: isSnapshot, changes: changes, isComplete: index == pages.count - 1)
    }
  }

  @Test func `after a restored backup the old rows stay readable until the new ones are all there`() async throws {
    let (registryKeys, ownKeys) = try FreshKeys.pair(.senderRegistry, .receipts)
    let loop = try EventLoop(name: "replica")
    defer { loop.stop() }
    let registry = PagedRegistry()
    var router = Router()
    router.on { (call: SenderRegistryAPI.ReplicaChanges, _: CallContext) in try await registry.answer(call, loop) }
    let server = try RPCServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), service: .senderRegistry, keys: registryKeys,
      router: router, log: .silent, metrics: Metrics())
    try await server.start()
    let peer = Peer(
      loop: loop, service: .receipts, peer: .senderRegistry, host: "127.0.0.1", port: Int(server.address.port),
      keys: ownKeys, limits: LoopbackService.limits, log: .silent, metrics: Metrics())
    let database = try TemporaryDatabase([
      SenderReplica.migration, SenderReplica.originMigration, SenderReplica.stagingIndex,
    ])
    let keyring = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "k1"))
    let metrics = Metrics()
    let lines = CollectedLines()
    func replica() -> SenderReplica {
      SenderReplica(
        database: database.database, registry: peer, inTransit: nil, atRest: keyring, loop: loop, clock: .system,
        log: Log(service: "receipts", level: .debug, sink: .collecting(into: lines)), metrics: metrics)
    }
    func rows() async throws -> [String] {
      try await database.database.read { connection in
        try connection.all("SELECT substr(sender_id, -1) || ' ' || display_name FROM replica_senders ORDER BY 1") {
          try $0.text(0)
        }
      }
    }
    let old = ["1 e1", "2 e1", "3 e1"]
    let first = replica()
    first.start()
    #expect(try await registry.asked.next() == 0)
    registry.mayAnswer.put(())
    try await eventually("the first copy") { try await rows() == old }
    #expect(lines.ofEvent("work.failed").isEmpty)

    // The registry was restored: its numbers start again, and one sender is unknown to the backup.
    registry.pages.withLock { $0 = [[1], [2], [4]] }
    registry.epoch.withLock { $0 = "e2" }
    for page in 0...1 {
      #expect(try await registry.asked.next() == page)
      #expect(try await rows() == old)
      registry.mayAnswer.put(())
    }
    #expect(try await registry.asked.next() == 2)
    #expect(try await rows() == old)

    // A stop in the middle forgets the half copy; the next start begins it again, and still shows the old rows.
    await first.stop()
    let second = replica()
    second.start()
    for page in 0...2 {
      #expect(try await registry.asked.next() == page)
      #expect(try await rows() == old)
      registry.mayAnswer.put(())
    }
    try await eventually("the new copy") { try await rows() == ["1 e2", "2 e2", "4 e2"] }
    let staged = try await database.database.read {
      try $0.first("SELECT count(*) FROM replica_staging") { try $0.int(0) }
    }
    #expect(staged == 0)
    #expect(metrics.render().contains("wss_replica_snapshots_total 2\n"))
    #expect(metrics.render().contains("wss_replica_position 4\n"))
    await second.stop()
    await peer.close()
    await server.drain(within: .milliseconds(100))
    database.database.close()
  }
}
