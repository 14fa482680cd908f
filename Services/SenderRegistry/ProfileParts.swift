import Crypto
import GraphAPI
import Store
import Telemetry
import Transport
import Workers

/// What keeps profiles and display names, put together.
struct ProfileParts: Sendable {
  let handlers: ProfileHandlers
  let worker: ProfileWorker
  /// Announces changes of profiles; those of senders have their own.
  let notifier: ChangeNotifier

  init(
    database: Database, graph: GraphClient, keyring: SealingKeyring, senders: ChangeNotifier, loop: EventLoop,
    settings: SenderRegistrySettings, clock: WallClock, log: Log, metrics: Metrics
  ) {
    let notifier = ChangeNotifier(loop: loop)
    let worker = ProfileWorker(
      ProfileRun(
        database: database,
        steps: ProfileSteps(graph: graph, appID: settings.metaAppID, database: database, keyring: keyring),
        notifier: notifier, backoff: settings.onboardingBackoff, interval: settings.profileInterval, clock: clock,
        log: log, metrics: metrics),
      NameRun(
        database: database, steps: NameSteps(graph: graph, keyring: keyring), notifier: senders,
        backoff: settings.onboardingBackoff, reviewInterval: settings.nameReviewInterval,
        clock: clock, log: log, metrics: metrics),
      loop: loop)
    // A sender that came online has a profile to send; a name that was asked for is a change of the sender.
    senders.onAnnounce { worker.wake() }
    self.notifier = notifier
    self.worker = worker
    handlers = ProfileHandlers(
      database: database, keyring: keyring, graph: graph, notifier: notifier, wake: { worker.wake() },
      readInterval: settings.profileInterval, clock: clock, log: log)
  }
}
