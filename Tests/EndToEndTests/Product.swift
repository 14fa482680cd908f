import Crypto
import Daemon
import Outbound
import SandboxWorld
import TestSupport
import Wire

/// The four real binaries against a world in the test's process.
final class Product: Sendable {
  let world: World
  let services: ServiceProcesses
  let story: Story
  private let http: HTTPClient

  private init(_ settings: [ServiceName: [String: String]]) async throws {
    var worldSettings = WorldSettings()
    let secret = Base64.encodeURLSafe(RandomBytes.make(24))
    worldSettings.appSecret = Secret(secret)
    world = try await World.start(worldSettings)
    services = try ServiceProcesses(worldURL: world.baseURL, appSecret: secret, settings: settings)
    http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    story = Story(world: world, registryURL: services.url(.senderRegistry), key: services.adminKey)
    await world.webhooks.setURL(try WebhookURL(services.url(.messagingRouter) + "/webhooks/meta"))
    var habits = WebhookHabits()
    habits.delay = 1...10
    habits.firstRetry = 50
    habits.longestRetry = 500
    await world.webhooks.setHabits(habits)
  }

  /// Starts these services after `prepare`, runs `body`, stops everything; prints the logs' ends when something was
  /// thrown.
  static func run(
    _ settings: [ServiceName: [String: String]] = [:], starting: [ServiceName] = CommonSettings.services,
    prepare: (ServiceProcesses) async throws -> Void = { _ in },
    _ body: (Product) async throws -> Void
  ) async throws {
    let product = try await Product(settings)
    do {
      try await prepare(product.services)
      for name in starting { try product.services.launch(name) }
      for name in starting { try await product.services.ready(name) }
      try await body(product)
    } catch {
      for name in CommonSettings.services { print("--- \(name)\n\(product.services.log(name).suffix(3_000))") }
      await product.end()
      throw error
    }
    await product.end()
  }

  private func end() async {
    _ = try? await services.stop()
    http.close()
    await world.stop()
  }

  /// A GET of anything on this machine: the status and the body's text; nil when nobody answers.
  func get(_ url: String) async -> (status: Int, text: String)? {
    guard let response = try? await http.send(OutboundRequest(method: "GET", url: url)) else { return nil }
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  /// Sends bytes to the router's webhook with these headers; the status.
  func postWebhook(_ body: [UInt8], signature: String?) async throws -> Int {
    var headers = [(name: "Content-Type", value: "application/json")]
    if let signature { headers.append((name: "X-Hub-Signature-256", value: signature)) }
    let request = OutboundRequest(
      method: "POST", url: services.url(.messagingRouter) + "/webhooks/meta", headers: headers, body: body)
    return try await http.send(request).status
  }
}
