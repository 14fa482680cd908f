import GraphAPI
import Outbound
import Transport

/// Who is called outside of the product, Meta and the model server: each with connections of its own, so that none takes
/// another's places.
struct RouterClients: Sendable {
  let egress: EgressGuard?
  let graphHTTP: HTTPClient
  /// Media must not take the places of sends.
  let mediaHTTP: HTTPClient
  private let chatHTTP: HTTPClient
  let graphSettings: GraphSettings
  let graph: GraphClient
  /// For calls that somebody waits for.
  let signalGraph: GraphClient
  let chat: AssistantChat

  init(_ settings: MessagingRouterSettings, loop: EventLoop) throws {
    egress = try settings.egress?.makeGuard(loop: loop)
    graphHTTP = HTTPClient(Self.client(settings.graphURL, concurrency: settings.sendConcurrency), guard: egress)
    mediaHTTP = HTTPClient(Self.mediaClient(settings), guard: egress)
    chatHTTP = HTTPClient(Self.client(settings.aiBaseURL, concurrency: settings.turnConcurrency), guard: egress)
    graphSettings = GraphSettings(
      baseURL: settings.graphURL, version: settings.graphVersion,
      limits: OutboundLimits(head: .seconds(20), whole: .seconds(25), responseBytes: 256 << 10))
    graph = GraphClient(http: graphHTTP, settings: graphSettings)
    var signals = graphSettings
    signals.limits = OutboundLimits(head: .seconds(5), whole: .seconds(5), responseBytes: 64 << 10)
    signalGraph = GraphClient(http: graphHTTP, settings: signals)
    chat = AssistantChat(
      server: OpenAICompatibleChat(
        http: chatHTTP, baseURL: settings.aiBaseURL, key: settings.aiKey,
        limits: OutboundLimits(head: settings.aiTimeout, whole: settings.aiTimeout, responseBytes: 1 << 20)))
  }

  /// Ends what is under way. The media's client is closed with the media.
  func close() async {
    graphHTTP.close()
    chatHTTP.close()
    await egress?.close()
  }

  private static func mediaClient(_ settings: MessagingRouterSettings) -> HTTPClientConfiguration {
    let isPlain = ([settings.graphURL] + settings.media.hosts).contains { $0.hasPrefix("http://") }
    return HTTPClientConfiguration(
      perHostConcurrency: settings.media.concurrency, totalConcurrency: 2 * settings.media.concurrency,
      allowPlainHTTP: isPlain)
  }

  private static func client(_ url: String, concurrency: Int) -> HTTPClientConfiguration {
    HTTPClientConfiguration(
      perHostConcurrency: concurrency, totalConcurrency: concurrency, allowPlainHTTP: url.hasPrefix("http://"))
  }
}
