import Contracts
import Crypto
import HTTP
import Store
import Telemetry
import Transport
import Workers

/// Everything about recordings, put together: the work on them, the calls about them, the links that play them.
struct Recordings: Sendable {
  let handlers: RecordingHandlers
  private let worker: RecordingWorker
  private let playback: RecordingPlayback
  private let links: ListeningLinks

  /// Links lead to `publicURL`, or without one to where `listen` says.
  init(
    journal: VerificationJournal, keyring: SealingKeyring, carrier: CarrierRecordings, engines: Engines,
    publicURL: String?, loop: EventLoop, times: RecordingTimes = RecordingTimes()
  ) async throws {
    let (database, clock, log) = (journal.database, journal.clock, journal.log)
    let secret = try await ListeningLinks.secret(database, keyring, now: clock.now)
    links = ListeningLinks(secret: secret, publicURL: publicURL)
    let steps = RecordingSteps(journal: journal, measures: RecordingMeasures(journal.metrics))
    handlers = RecordingHandlers(database: database, keyring: keyring, links: links, steps: steps)
    playback = RecordingPlayback(database: database, keyring: keyring, links: links, clock: clock, log: log)
    worker = RecordingWorker(
      RecordingRun(
        database: database, keyring: keyring, carrier: carrier, engines: engines, steps: steps, times: times),
      loop: loop, log: log)
    journal.notifier.onAnnounce { [worker] in worker.wake() }
  }

  /// Adds the path of the links.
  func register(_ routes: inout HTTPRoutes) { playback.register(&routes) }

  /// Where the service answers, for links when no public URL is set.
  func listen(at address: SocketAddress) { links.listen(at: "http://\(address)") }

  /// What the last life left undone is due at once.
  func start() { worker.start() }
  func stop() async { await worker.stop() }
}
