package import Crypto
import HTTP
package import Store
import Synchronization
package import Telemetry
package import Transport
package import Wire
package import Workers

/// What a running service stands on: its loop, log, metrics, keys, clock, peers, listeners and store.
///
/// It owns what it hands out: whatever is opened through it is drained and closed by it, in order.
package final class ServiceRuntime: Sendable {
  package let service: ServiceName
  /// The one event loop; every handler runs on it.
  package let loop: EventLoop
  package let log: Log
  package let metrics: Metrics
  package let common: CommonSettings
  /// One RPC key per peer.
  package let pairKeys: PairKeys
  /// Seals secrets at rest.
  package let keyring: SealingKeyring
  /// The time of day.
  package let clock: WallClock
  let storeHealth = StoreHealth()
  /// Which pair keys connections were proven with.
  let keyUse: PairKeyUse
  /// Copies frames to a file when `RPC_MIRROR_FILE` says so.
  let mirror: FrameMirror?

  struct State {
    var peers: [ServiceName: Peer] = [:]
    var databases: [Database] = []
    var resealers: [Resealer] = []
    var rpc: RPCServer?
    var http: HTTPServer?
    var isClosing = false
  }
  let state = Mutex(State())

  init(
    service: ServiceName, loop: EventLoop, log: Log, metrics: Metrics, common: CommonSettings, pairKeys: PairKeys,
    keyring: SealingKeyring, clock: WallClock
  ) throws {
    self.service = service
    self.loop = loop
    self.log = log
    self.metrics = metrics
    self.common = common
    self.pairKeys = pairKeys
    self.keyring = keyring
    self.clock = clock
    keyUse = PairKeyUse(metrics: metrics, clock: clock)
    mirror = try common.rpcMirrorFile.map { try FrameMirror(path: $0) }
  }

  /// The connection to another service, made at the first request and shared by all later ones.
  package func peer(_ name: ServiceName) -> Peer {
    guard let address = common.peers[name] else { preconditionFailure("\(service) has no peer called \(name)") }
    return state.withLock { state in
      if let known = state.peers[name] { return known }
      let peer = Peer(
        loop: loop, service: service, peer: name, host: address.host, port: address.port, keys: pairKeys,
        limits: common.limits.rpc, log: log, metrics: metrics, mirror: mirror, keyUse: keyUse)
      state.peers[name] = peer
      return peer
    }
  }

  /// Opens the service's database, `<DATA_DIR>/<service>.sqlite`, migrated to the newest schema.
  ///
  /// `sealed` are all of its columns with sealed values. Refuses to go on when a value was sealed with a key this
  /// service was not given; values of older keys are sealed anew in the background once the service has started. The
  /// database's numbers appear in `/metrics`, a trial write in `/healthz`; it is closed last, after the service's
  /// `stop`.
  package func openDatabase(
    migrations: [Migration], sealed columns: [SealedColumn] = [], limits: StoreLimits? = nil
  ) async throws -> Database {
    let path = "\(common.dataDirectory)/\(service).sqlite"
    // Blocks the loop, on purpose: nothing is served before the store is open.
    let database = try Database(path: path, migrations: migrations, limits: limits ?? common.limits.store)
    state.withLock { $0.databases.append(database) }
    try await ServiceMeta.prepare(database, columns: columns, keyring: keyring)
    let resealer = Resealer(
      columns + [ServiceMeta.probe], database: database, keyring: keyring, loop: loop, clock: clock, log: log,
      metrics: metrics)
    state.withLock { $0.resealers.append(resealer) }
    storeHealth.watch(database)
    StoreMetrics.register(database, in: metrics)
    return database
  }

  /// Old sealing keys are replaced only once the service serves.
  func startResealing() {
    for resealer in state.withLock({ $0.resealers }) { resealer.start() }
  }

  var resealers: [Resealer] { state.withLock { $0.resealers } }

  func stopResealing() async {
    for resealer in state.withLock({ $0.resealers }) { await resealer.stop() }
  }

  /// Peers asked for that are not connected now.
  var missingPeers: [ServiceName] {
    state.withLock { state in state.peers.filter { !$0.value.isConnected }.keys.sorted { $0.rawValue < $1.rawValue } }
  }

  func closePeers() async {
    let peers = state.withLock { state in
      defer { state.peers = [:] }
      return Array(state.peers.values)
    }
    for peer in peers { await peer.close() }
  }

  func closeDatabases() {
    let databases = state.withLock { state in
      defer { state.databases = [] }
      return state.databases
    }
    for database in databases { database.close() }
  }
}
