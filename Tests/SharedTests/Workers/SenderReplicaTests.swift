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
}
