import JSON
import SandboxWorld
import Telemetry
import TestSupport

/// A world with a connected number and a receiver of its webhooks.
struct SandboxScene {
  static let customer = "+16505550100"

  let world: World
  let client: SandboxClient
  let receiver: WebhookReceiver
  let token: String
  let numberID: String
  let accountID: String

  /// `answers` are the receiver's first statuses; 200 follows. Statuses and retries come within milliseconds.
  static func open(answers: [Int] = []) async throws -> SandboxScene {
    let receiver = try await WebhookReceiver(answers: answers)
    var settings = WorldSettings()
    settings.webhookURL = try WebhookURL(receiver.url)
    let world = try await World.start(settings)
    var habits = WebhookHabits()
    habits.delay = 0...2
    habits.firstRetry = 5
    habits.longestRetry = 20
    await world.webhooks.setHabits(habits)
    let client = SandboxClient(baseURL: world.baseURL)
    let signup = try await client.call(
      "POST", "/control/signup", ["phone_number": "+15550001111", "display_name": "Shop"])
    let (token, number) = try await client.connect(signup.body)
    return SandboxScene(
      world: world, client: client, receiver: receiver, token: token, numberID: number,
      accountID: signup.body["waba_id"]?.string ?? "")
  }

  /// A world nobody has signed up to.
  static func alone(_ clock: WallClock = .system) async throws -> (World, SandboxClient) {
    var settings = WorldSettings()
    settings.clock = clock
    let world = try await World.start(settings)
    return (world, SandboxClient(baseURL: world.baseURL))
  }

  func end() async {
    await world.stop()
    await receiver.stop()
  }

  func send(_ message: JSONValue) async throws -> SandboxClient.Answer {
    try await client.call("POST", "/v26.0/\(numberID)/messages", message, token: token)
  }

  /// The customer writes, so that the window is open; the webhook is taken out of the way.
  func openWindow() async throws {
    _ = try await client.call("POST", "/control/phones/\(Self.customer)/messages", ["text": "hello"])
    _ = try await receiver.deliveries.next(within: .seconds(20), "the customer's message")
  }
}
