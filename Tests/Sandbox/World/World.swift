import Crypto
import HTTP
import JSON
import Synchronization
package import Transport

/// The outside world in one process: Meta, a carrier and its calls, customers' phones, a model, a speech server, and a
/// business's receipt endpoint and voice application.
///
/// Services reach it by base URL; tests also by its parts. `start` makes one, `stop` ends it.
package final class World: Sendable {
  package let settings: WorldSettings
  package let faults: FaultBook
  package let ledger: Ledger
  package let phones = PhoneBook()
  package let webhooks: MetaWebhooks
  package let graph: MetaGraph
  package let carrier: Carrier
  package let calls: CallDesk
  package let speech: SpeechServer
  package let secondSpeech: SpeechServer
  package let voiceApp: VoiceApp
  package let model: ChatModel
  package let receipts: ReceiptEndpoint
  package let customers: CustomerDesk

  private let loop: EventLoop
  private let server = Mutex<HTTPServer?>(nil)

  private init(_ settings: WorldSettings, loop: EventLoop) {
    self.settings = settings
    self.loop = loop
    let clock = settings.clock
    let limits = settings.limits
    ledger = Ledger(limit: limits.ledgerEntries)
    faults = FaultBook(seed: settings.seed, limit: limits.faults)
    webhooks = MetaWebhooks(
      loop: loop, secret: settings.appSecret, ledger: ledger, faults: faults, clock: clock, seed: settings.seed,
      limit: limits.waitingUpdates)
    carrier = Carrier(accountSID: settings.carrierAccountSID, authToken: settings.carrierAuthToken, faults: faults)
    let library = SoundLibrary()
    calls = CallDesk(
      carrier: carrier, voice: SpeechSynthesiser(folders: settings.audioFolders), library: library, loop: loop,
      faults: faults, clock: clock, seed: settings.seed)
    speech = SpeechServer(library: library, door: Door(name: "speech.first", faults: faults))
    secondSpeech = SpeechServer(library: library, door: Door(name: "speech.second", faults: faults))
    voiceApp = VoiceApp(token: settings.carrierAuthToken, faults: faults, clock: clock)
    graph = MetaGraph(
      app: MetaApp(id: settings.appID, secret: settings.appSecret), phones: phones, ledger: ledger,
      webhooks: webhooks,
      partner: MetaPartner(businessID: settings.partnerBusinessID, token: settings.partnerToken.string ?? ""),
      clock: clock, throughput: settings.throughput, windowLimit: limits.windows,
      callOut: { [calls] in calls.tell($0, to: $1) })
    model = ChatModel(faults: faults, ledger: ledger, clock: clock)
    receipts = ReceiptEndpoint(faults: faults, ledger: ledger, clock: clock, receiptLimit: limits.receipts)
    customers = CustomerDesk(graph: graph, ledger: ledger, phones: phones, webhooks: webhooks, clock: clock)
  }

  /// Opens the world's doors. Throws when the address cannot be bound.
  package static func start(_ settings: WorldSettings = WorldSettings()) async throws -> World {
    let loop = try EventLoop(name: "sandbox")
    let world = World(settings, loop: loop)
    await world.webhooks.setURL(settings.webhookURL)
    let address = try SocketAddress(host: settings.bind, port: settings.port)
    var limits = HTTPLimits()
    // Faults hold requests for up to ten minutes.
    limits.handlerTime = .seconds(700)
    // Two hundred sound files at once.
    limits.bodyBytesInFlight = 512 << 20
    let routes = world.routes()
    let graph = GraphDoor(graph: world.graph, faults: world.faults)
    let isMedia: @Sendable (HTTPRequestHead) -> Bool = { $0.method == "POST" && $0.path.hasSuffix("/media") }
    let bodyLimit: @Sendable (HTTPRequestHead) -> Int = { head in
      if isMedia(head) && !head.path.hasPrefix("/control") { return MediaDoor.bodyLimit }
      // Room for the file and the fields around it.
      return SpeechServer.paths.contains(head.path) ? SpeechServer.fileLimit + (64 << 10) : 6 << 20
    }
    let server = try HTTPServer(loop: loop, address: address, limits: limits, bodyLimit: bodyLimit) { request in
      if request.path.hasPrefix(Carrier.prefix) { return await world.carrier.answer(request) }
      // Graph's paths start with an object's id, so whatever nobody else has is Graph's.
      let isGraph =
        if case .notFound = routes.match(method: request.method, path: request.path) {
          !request.path.hasPrefix("/control")
        } else { false }
      if !isGraph { return await routes.respond(to: request) }
      world.media.reached(at: request.head.authority)
      if let answer = await world.mediaDoor.answer(request) { return answer }
      return await graph.answer(request)
    }
    try await server.start()
    world.server.withLock { $0 = server }
    world.carrier.setBaseURL(world.baseURL)
    return world
  }

  /// Where the world listens; nil once it has stopped.
  package var address: SocketAddress? { server.withLock { $0?.address } }

  /// The port it listens on; 0 once it has stopped.
  package var port: Int { address.map { Int($0.port) } ?? 0 }

  /// Base URL without a slash at the end.
  package var baseURL: String { address.map { "http://\($0)" } ?? "" }

  /// Ends deliveries, answers what runs, and closes. Idempotent.
  package func stop() async {
    let running = server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let running else { return }
    await calls.stop()
    await webhooks.stop()
    await running.drain(within: .milliseconds(500))
    // Waiting for the thread blocks, so it is not done on a thread tasks share with the loop's own work.
    loop.stop()
  }

  /// The table of contents.
  private func routes() -> HTTPRoutes {
    var routes = HTTPRoutes()
    routes.on("GET", "/healthz") { _ in .json(["status": "ok"]) }
    routes.on("POST", "/v1/chat/completions") { [model] in await model.answer($0) }
    for (path, server) in zip(SpeechServer.paths, [speech, secondSpeech]) {
      routes.on("POST", path) { await server.answer($0) }
    }
    routes.on("GET", "/v1/models") { _ in .json(["object": "list", "data": [["id": "sandbox", "object": "model"]]]) }
    routes.on("POST", "/business/receipts") { [receipts] in await receipts.answer($0, name: "default") }
    routes.on("POST", "/business/receipts/{name}") { [receipts] in
      await receipts.answer($0, name: $0.pathParameters["name"] ?? "default")
    }
    for method in ["GET", "POST"] {
      routes.on(method, "/business/voice/{name}") { [voiceApp] in
        await voiceApp.answer($0, name: $0.pathParameters["name"] ?? "default")
      }
    }
    SignupPopup().add(to: &routes)
    ControlAPI(world: self).add(to: &routes)
    return routes
  }
}
