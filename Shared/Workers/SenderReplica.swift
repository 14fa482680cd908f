import Contracts
package import Crypto
package import Store
import Synchronization
package import Telemetry
package import Transport
import Wire

/// A service's own copy of the senders, kept up to date from the registry, so that it works while the
/// registry is down. Rows are read with SQL by their owner; this type only writes them.
package final class SenderReplica: Sendable {
  /// A migration of the owning service's database.
  package static let migration = Migration(
    "sender replica",
    sql: """
      CREATE TABLE replica_senders (
        sender_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        phone_number TEXT NOT NULL,
        display_name TEXT NOT NULL,
        status TEXT NOT NULL,
        waba_id TEXT,
        phone_number_id TEXT,
        portfolio_id TEXT,
        quality_rating TEXT,
        messaging_limit TEXT,
        throughput INTEGER,
        access_token TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX replica_senders_by_number ON replica_senders (phone_number_id);
      CREATE TABLE replica_staging AS SELECT * FROM replica_senders;
      CREATE TABLE replica_position (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        epoch TEXT,
        counter INTEGER NOT NULL
      ) STRICT;
      INSERT INTO replica_position VALUES (1, NULL, 0);
      """)

  /// A later migration: where the number comes from, and its place in the partner's pool. Rows copied before it do not
  /// have them, so the replica is copied anew.
  package static let originMigration = Migration(
    "sender replica: origin, provider, pool",
    sql: """
      ALTER TABLE replica_senders ADD COLUMN origin TEXT;
      ALTER TABLE replica_senders ADD COLUMN provider TEXT;
      ALTER TABLE replica_senders ADD COLUMN preverified_id TEXT;
      ALTER TABLE replica_staging ADD COLUMN origin TEXT;
      ALTER TABLE replica_staging ADD COLUMN provider TEXT;
      ALTER TABLE replica_staging ADD COLUMN preverified_id TEXT;
      UPDATE replica_position SET epoch = NULL, counter = 0;
      """)
  /// A later migration of the owning service's database: without it, a snapshot of n senders costs n² row visits.
  package static let stagingIndex = Migration(
    "index of the staged senders",
    sql: "CREATE UNIQUE INDEX replica_staging_by_sender ON replica_staging (sender_id);")

  /// Where this type keeps sealed values: the owning service declares them with its own.
  package static let sealed = ["replica_senders", "replica_staging"].map {
    SealedColumn($0, "access_token", key: "sender_id", binding: tokenPlace)
  }
  private static let tokenPlace = "replica_senders.access_token"

  private static let columns = """
    sender_id, account_id, phone_number, display_name, status, waba_id, phone_number_id, portfolio_id, quality_rating,
    messaging_limit, throughput, access_token, origin, provider, preverified_id
    """

  private let database: Database
  private let registry: Peer
  /// Opens tokens on arrival; nil for a service that is given none.
  private let inTransit: SealingKeyring?
  private let atRest: SealingKeyring
  private let onChange: @Sendable () async throws -> Void
  private let work: WorkLoop
  private let clock: WallClock
  private let log: Log
  private let measures: Measures
  /// Pulls in a row that did not reach the registry. It may be away for hours: that is said once, not at every try.
  private let unreached = Mutex(0)

  /// What operators see of it.
  private struct Measures: Sendable {
    let position: Gauge
    let changes: Counter
    let snapshots: Counter
    let snapshotSeconds: Gauge

    init(_ metrics: Metrics) {
      position = metrics.gauge("wss_replica_position", "The last change of the registry that this copy has.")
      changes = metrics.counter("wss_replica_changes_total", "Changes of senders copied.")
      snapshots = metrics.counter("wss_replica_snapshots_total", "Times that all senders were copied anew.")
      snapshotSeconds = metrics.gauge("wss_replica_snapshot_seconds", "How long the last of those took.")
    }
  }

  /// Changes are pulled with a long poll over `registry`; `onChange` is called after each commit.
  package init(
    database: Database, registry: Peer, inTransit: SealingKeyring?, atRest: SealingKeyring, loop: EventLoop,
    clock: WallClock, log: Log, metrics: Metrics, onChange: @escaping @Sendable () async throws -> Void = {}
  ) {
    self.database = database
    self.registry = registry
    self.inTransit = inTransit
    self.atRest = atRest
    self.onChange = onChange
    self.clock = clock
    self.log = log
    measures = Measures(metrics)
    let box = TurnBox()
    work = WorkLoop("replica", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.pull() ?? .idle }
  }

  package func start() { work.start() }

  /// Gives up the long poll and ends.
  package func stop() async { await work.stop(cancelling: true) }

  /// How a stored token is bound to its row.
  package static func tokenBinding(_ sender: String) -> String { "\(tokenPlace):\(sender)" }

  private func pull() async throws -> WorkLoop.Next {
    let (epoch, counter) = try await database.read { connection in
      try connection.first("SELECT epoch, counter FROM replica_position") { row in
        (try row.optionalText(0), try row.int64(1))
      } ?? (nil, 0)
    }
    var after = counter
    var known = epoch
    var isStaging = false
    let begun = MonotonicClock.now
    // A snapshot is read in pages and swapped in whole: half of one is never visible.
    while true {
      let call = SenderRegistryAPI.ReplicaChanges(
        epoch: known, after: after, limit: 200, waitMilliseconds: isStaging ? 0 : 15_000)
      let reply: SenderRegistryAPI.ReplicaChanges.Reply
      do throws(CallFailure) {
        reply = try await registry.call(call)
      } catch {
        if error.code == .deadlineExceeded { return .again }
        guard error.code == .unavailable else { throw error }
        return .at(clock.now + notReached(error))
      }
      reached()
      let rows = try reply.changes.map(resealed)
      let starts = reply.isSnapshot
      if starts { isStaging = true }
      let last = rows.last?.counter ?? (starts ? 0 : after)
      let mustSwap = isStaging && reply.isComplete
      let staging = isStaging
      try await database.write { connection in
        if starts { try connection.execute("DELETE FROM replica_staging") }
        for row in rows { try Self.apply(row, staging: staging, connection) }
        if mustSwap {
          try connection.execute("DELETE FROM replica_senders")
          try connection.execute(
            "INSERT INTO replica_senders (\(Self.columns)) SELECT \(Self.columns) FROM replica_staging")
          try connection.execute("DELETE FROM replica_staging")
        }
        if !staging || mustSwap {
          try connection.execute("UPDATE replica_position SET epoch = ?, counter = ?", reply.epoch, last)
        }
      }
      measures.changes.increment(by: rows.count)
      if !staging || mustSwap { measures.position.set(Double(last)) }
      if mustSwap {
        measures.snapshots.increment()
        measures.snapshotSeconds.set(Double(MonotonicClock.now - begun) / 1e9)
      }
      if !rows.isEmpty || mustSwap { try await onChange() }
      if reply.isComplete { return .again }
      after = last
      known = reply.epoch
    }
  }

  /// Notes that the registry could not be asked; the pause in milliseconds before it is asked again.
  private func notReached(_ failure: CallFailure) -> Int64 {
    let times = unreached.withLock { times in
      times += 1
      return times
    }
    if times == 1 { log.error("replica.registry_lost", ["error": .failure(failure)]) }
    return Int64.random(in: 50...(100 << Int64(min(times, 5))))
  }

  private func reached() {
    let times = unreached.withLock { times in
      defer { times = 0 }
      return times
    }
    if times > 0 { log.info("replica.registry_back", ["tries": .int(times)]) }
  }

  /// The change with its token sealed for this service's own database.
  private func resealed(_ change: ReplicaChange) throws -> ReplicaChange {
    var change = change
    guard let sealed = change.sealedAccessToken, let inTransit else {
      change.sealedAccessToken = nil
      return change
    }
    let id = change.senderID.text
    let token = try inTransit.open(sealed, binding: ReplicaSealing.binding(id))
    change.sealedAccessToken = atRest.seal(token, binding: Self.tokenBinding(id))
    return change
  }

  private static func apply(_ change: ReplicaChange, staging: Bool, _ connection: Connection) throws {
    let table = staging ? "replica_staging" : "replica_senders"
    try connection.execute("DELETE FROM \(table) WHERE sender_id = ?", change.senderID.text)
    if change.isDeleted { return }
    try connection.execute(
      "INSERT INTO \(table) (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      change.senderID.text, change.accountID?.text ?? "", change.phoneNumber?.text ?? "", change.displayName ?? "",
      change.status?.rawValue ?? SenderStatus.offline.rawValue, change.wabaID, change.phoneNumberID, change.portfolioID,
      change.qualityRating, change.messagingLimit, change.throughput, change.sealedAccessToken,
      change.origin?.rawValue, change.provider, change.preverifiedID)
  }
}
