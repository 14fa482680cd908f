import Contracts
import Crypto
import Daemon
import GraphAPI
import HTTP
import Outbound
import Store
import Telemetry
import Transport
import Wire
import Workers

/// Everything about media, put together: the work on them, the calls about them, the links to their bytes.
struct MediaDesk: Sendable {
  let uploads: MediaUploads
  /// Gives them to Meta as examples of templates.
  let examples: TemplateExamples
  let settings: MediaSettings
  private let handlers: MediaHandlers
  private let fetcher: MediaFetcher
  private let retention: MediaRetention
  private let removals: MediaRemovals
  private let downloads: MediaDownloads
  private let reception: MediaReception
  private let links: MediaLinks
  private let http: HTTPClient

  /// Files lie in `directory`; `appID` is that of the app at Meta, `graph` are the settings of Meta's API, `http` a client of its own: media must not take
  /// the places of sends.
  init(
    settings: MediaSettings, appID: String?, directory: String, graph: GraphSettings, http: HTTPClient,
    runtime: ServiceRuntime,
    database: Database, loop: EventLoop, times: MediaTimes = MediaTimes()
  ) async throws {
    let (clock, log, keyring) = (runtime.clock, runtime.log, runtime.keyring)
    self.settings = settings
    self.http = http
    let files = try MediaFiles(directory: directory)
    let measures = MediaMeasures(runtime.metrics)
    let secret = try await MediaLinks.secret(database, keyring, now: clock.now)
    let client = GraphClient(http: http, settings: graph)
    links = MediaLinks(secret: secret, publicURL: settings.publicURL)
    uploads = MediaUploads(database: database, files: files, graph: client, times: times, clock: clock)
    examples = TemplateExamples(database: database, files: files, graph: client, appID: appID)
    let retention = MediaRetention(
      database: database, files: files, settings: settings, times: times, measures: measures, loop: loop, clock: clock,
      log: log)
    self.retention = retention
    handlers = MediaHandlers(
      database: database, keyring: keyring, links: links, settings: settings, times: times, clock: clock,
      onRemoved: { retention.wake() })
    fetcher = MediaFetcher(
      MediaFetch(
        database: database, files: files, graph: client, keyring: keyring,
        hosts: MediaHosts(settings.hosts + [graph.baseURL]), settings: settings, times: times, measures: measures,
        clock: clock, log: log), loop: loop)
    removals = MediaRemovals(
      database: database, graph: client, keyring: keyring, times: times, loop: loop, clock: clock, log: log)
    downloads = MediaDownloads(database: database, files: files, links: links, clock: clock, log: log)
    reception = MediaReception(
      database: database, files: files, links: links, settings: settings, measures: measures, clock: clock, log: log)
  }

  /// The calls.
  func add(to router: inout Router) { handlers.add(to: &router) }

  /// The paths of the links.
  func add(to routes: inout HTTPRoutes) {
    routes.on("GET", MediaLinks.pattern, downloads.answer)
    routes.on("PUT", MediaLinks.pattern, reception.answer)
  }

  /// Whether a request brings a medium's bytes, which are read as they come.
  static func isUpload(_ head: HTTPRequestHead) -> Bool {
    head.method == "PUT" && head.path.hasPrefix("/v1/media/") && head.path.hasSuffix("/content")
  }

  /// Where the service answers, for links when no public URL is set.
  func listen(at address: SocketAddress) { links.listen(at: "http://\(address)") }

  /// What the last life left undone is due at once.
  func start() {
    fetcher.start()
    retention.start()
    removals.start()
  }

  /// Media may have been noted, or a sender may have its token now.
  func wake() { fetcher.wake() }

  /// Media were erased: their files go, and copies at Meta.
  func erased() {
    retention.wake()
    removals.wake()
  }

  func clockWasSet() {
    fetcher.wake()
    retention.wake()
    removals.wake()
  }

  /// A fetch under way is called off: it is due again at the next start.
  func stop() async {
    await fetcher.stop()
    await retention.stop()
    await removals.stop()
    http.close()
    await uploads.stop()
  }
}
