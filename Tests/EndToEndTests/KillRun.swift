import Foundation
import SandboxWorld
import TestSupport
import Wire

/// One run of the kill test: customers write, services are killed at moments drawn from a seed, and everything that
/// is needed to judge the run is written down.
final class KillRun {
  let plan: KillPlan
  let product: Product
  /// Messages that were `sending` on the disk when the router was killed.
  private(set) var inFlight: Set<String> = []
  private(set) var kills: [ServiceName] = []

  init(_ plan: KillPlan, _ product: Product) {
    self.plan = plan
    self.product = product
  }

  static let prefix = "kill"

  private var world: World { product.world }

  /// What has happened of the five things that happen for each message: the webhook, the send, three receipts.
  private var progress: Int {
    let totals = world.ledger.totals
    return totals.inboundAcknowledged + totals.messagesArrived + totals.receiptsVerified
  }

  func play(_ shop: Story.Shop) async throws {
    var chance = Dice(seed: plan.seed)
    let before = progress
    try orderFaults()
    var habits = await world.webhooks.currentHabits()
    habits.concurrency = 16
    habits.isShuffled = true
    habits.delay = 1...40
    await world.webhooks.setHabits(habits)
    try await world.customers.burst(count: plan.size, prefix: Self.prefix, to: shop.number)
    for (service, moment) in schedule(&chance) {
      try await eventually(within: .seconds(120), "\(moment) of \(plan.size * 5) steps, then \(service) dies") {
        progress - before >= moment
      }
      try await kill(service)
    }
  }

  /// A third of the sends take a while, so that kills find some under way; Meta tells some things twice; the business
  /// refuses some receipts and takes others without saying so.
  private func orderFaults() throws {
    for fault in [
      Fault(.delay, at: "graph.messages", count: nil, probability: 0.3, parameters: .init(milliseconds: 30)),
      Fault(.duplicate, at: "webhooks", count: nil, probability: 0.1),
      Fault(.status, at: "business", count: nil, probability: 0.05, parameters: .init(status: 503)),
      Fault(.closeAfterReading, at: "business", count: nil, probability: 0.05),
    ] { try world.faults.order(fault) }
  }

  /// Which service dies after how many steps. Every service dies; the router, whose sends are at stake, more often.
  private func schedule(_ chance: inout Dice) -> [(ServiceName, Int)] {
    let services: [ServiceName] = [.messagingRouter, .receipts, .messagingRouter, .senderRegistry, .verifier]
    let victims = (0..<plan.kills).map { services[$0 % services.count] }.shuffled(using: &chance)
    let end = plan.size * 5
    let moments = victims.map { _ in Int.random(in: end / 50...end * 85 / 100, using: &chance) }.sorted()
    return Array(zip(victims, moments))
  }

  private func kill(_ service: ServiceName) async throws {
    try await product.services.kill(service)
    kills.append(service)
    if service == .messagingRouter {
      let copy = try DatabaseCopy.router(product.services)
      for row in try await copy.rows("SELECT id FROM messages WHERE status = 'sending'", columns: 1) {
        if let id = row[0] { inFlight.insert(id) }
      }
      copy.close()
    }
    try product.services.launch(service)
    try await product.services.ready(service)
  }

  /// Waits until nothing more can happen: every webhook has its 200, every message was sent or was under way at a
  /// kill, and every status has its receipt.
  func quiet(within limit: Duration) async throws {
    do {
      try await eventually(within: limit, "the run to settle") { await isQuiet }
    } catch {
      let totals = world.ledger.totals
      print("kill run stuck: \(totals), in flight at kills \(inFlight.count), lost \(lost.count)")
      print("webhooks pending \(await world.webhooks.pending())")
      throw error
    }
  }

  private var isQuiet: Bool {
    get async {
      let totals = world.ledger.totals
      guard totals.inboundAcknowledged == totals.inboundSent, await world.webhooks.pending() == 0 else { return false }
      // A reply that reached Meta twice is what the judge must hear of; nothing is gained by waiting.
      if !world.ledger.repeatedCallbackData.isEmpty { return true }
      // The customer who tested the shop before the run was answered as well.
      guard totals.messagesAccepted + lost.count == totals.inboundSent else { return false }
      guard totals.statusesMade == totals.messagesAccepted * 3 else { return false }
      return Set(product.story.receipts().map { "\($0.message) \($0.status)" }).count == totals.statusesMade
    }
  }

  /// Under way at a kill, and Meta never accepted them.
  private var lost: Set<String> { inFlight.filter { world.ledger.tally(callbackData: $0).accepted == 0 } }
}

/// SplitMix64: the same seed draws the same run.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
