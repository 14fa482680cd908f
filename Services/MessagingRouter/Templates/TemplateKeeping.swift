import Contracts
import Crypto
import Daemon
import GraphAPI
import Outbound
import Store
import Telemetry
import Transport
import Wire
import Workers

/// Everything about templates: who answers calls, who reads them at Meta.
struct TemplateKeeping: Sendable {
  let handlers: TemplateHandlers
  /// For sends that do not fit their template.
  let refresh: TemplateRefresh
  private let sync: TemplateSync

  /// `interval` is that between two readings of an account's list.
  init(
    database: Database, http: HTTPClient, settings: GraphSettings, interval: Duration, examples: TemplateExamples,
    keyring: SealingKeyring, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onQueued: @escaping @Sendable () -> Void,
    onChanged: @escaping @Sendable () -> Void
  ) {
    var settings = settings
    // A page of a list is the largest answer; and a change with a lost answer is settled by a second question within
    // the time that its caller waits.
    settings.limits = OutboundLimits(head: .seconds(10), whole: .seconds(12), responseBytes: 1 << 20)
    let milliseconds = interval.components.seconds * 1_000
    let reader = TemplateReader(
      database: database, graph: GraphClient(http: http, settings: settings), keyring: keyring, interval: milliseconds,
      clock: clock, log: log, metrics: metrics, onChanged: onChanged)
    let sync = TemplateSync(reader, interval: milliseconds, loop: loop, log: log)
    refresh = TemplateRefresh(reader, log: log)
    self.sync = sync
    handlers = TemplateHandlers(
      database: database, keyring: keyring, reader: reader, refresh: refresh, examples: examples,
      keyed: KeyedCalls(database: database, keyring: keyring, clock: clock), clock: clock, log: log,
      wake: {
        sync.wake()
        onChanged()
      }, onQueued: onQueued)
  }

  func start() { sync.start() }
  func wake() { sync.wake() }
  /// Accounts may be new.
  func replicaChanged() { sync.replicaChanged() }
  func stop() async { await sync.stop() }
}
