import Contracts
import Crypto
import Daemon
import GraphAPI
import Store
import Telemetry
import Workers

/// Everything that keeps the state of connected senders true: who asks Meta, who listens, who tells.
struct StateKeeping: Sendable {
  let state: StateHandlers
  let quality: QualityHandlers
  let events: EventHandlers
  let meta: MetaEventHandlers
  private let polls: PollWorker
  private let upkeep: UpkeepWorker

  init(
    database: Database, graph: GraphClient, notifier: ChangeNotifier, settings: PollSettings, runtime: ServiceRuntime
  ) {
    let (clock, log, metrics, keyring) = (runtime.clock, runtime.log, runtime.metrics, runtime.keyring)
    let reader = NumberReader(
      database: database, graph: graph, keyring: keyring, notifier: notifier, rules: settings.rules, clock: clock,
      log: log, metrics: metrics)
    let polls = PollWorker(reader, settings: settings, loop: runtime.loop)
    self.polls = polls
    upkeep = UpkeepWorker(
      database: database, settings: settings, notifier: notifier, loop: runtime.loop, clock: clock, log: log,
      metrics: metrics)
    state = StateHandlers(
      database: database, keyring: keyring, notifier: notifier, reader: reader,
      keyed: KeyedCalls(database: database, keyring: keyring, clock: clock),
      refreshes: RefreshLimit(pause: settings.refreshPause), wake: { polls.wake() }, clock: clock, log: log)
    quality = QualityHandlers(database: database)
    events = EventHandlers(database: database, feed: EventFeed(notifier: notifier), notifier: notifier, clock: clock)
    meta = MetaEventHandlers(
      database: database, notifier: notifier, wake: { polls.wake() }, clock: clock, log: log, metrics: metrics)
  }

  func start() {
    polls.start()
    upkeep.start()
  }

  /// Due times are moments of a clock that was set.
  func wake() {
    polls.clockWasSet()
    upkeep.wake()
  }

  func stop() async {
    await polls.stop()
    await upkeep.stop()
  }
}
