import Contracts
import Glibc
import ReceiptsHarness
import Transport

/// The real `receipts`, senders with a webhook each, and who receives.
struct DeliveryWorld {
  static let account = AccountID(trusted: PlantedID.text("acc", 1))

  let harness: ReceiptsHarness
  let receiver: BenchReceiver
  let mill: EventMill
  let webhooks: [Webhook]
  /// What the service trusts, over TLS.
  let certificate: TestCertificate?

  /// Starts it with one sender for each URL. Events have numbers below `capacity`.
  static func run<Outcome>(
    _ settings: [String: String] = [:], ports: [Int] = [], capacity: Int, overTLS: Bool = false,
    urls: (BenchReceiver) -> [String], _ body: (DeliveryWorld) async throws -> Outcome
  ) async throws -> Outcome {
    let receiver = try await BenchReceiver(capacity: capacity)
    let front = overTLS ? try TLSFront(to: receiver.port) : nil
    defer { front?.stop() }
    let harness = try await ReceiptsHarness(
      settings, webhookPorts: ports + [receiver.port, front?.port ?? 443], trusting: front?.certificate)
    do {
      let urls = urls(receiver).map { url in
        front.map { url.replacing("http://127.0.0.1:\(receiver.port)", with: $0.url("")) } ?? url
      }
      let senders = urls.indices.map { SenderID(trusted: PlantedID.text("snd", $0)) }
      for sender in senders { harness.addSender(sender, account: account) }
      try await harness.start()
      var webhooks: [Webhook] = []
      for (sender, url) in zip(senders, urls) {
        webhooks.append(try await harness.setWebhook(url, sender: sender, account: account))
      }
      let world = DeliveryWorld(
        harness: harness, receiver: receiver, mill: EventMill(account: account, senders: senders), webhooks: webhooks,
        certificate: front?.certificate)
      let outcome = try await body(world)
      await harness.close()
      await receiver.stop()
      return outcome
    } catch {
      await harness.close()
      await receiver.stop()
      throw error
    }
  }

  /// Hands events over in batches, as the router does: of 20 ms each, `rate` a second, never more than `ahead` before
  /// the receiver. Answers when each was handed over, by its place in `numbers`.
  func hand(_ numbers: Range<Int>, rate: Int, ahead: Int = .max) async throws -> [Int64] {
    let began = MonotonicClock.now
    var times: [Int64] = []
    times.reserveCapacity(numbers.count)
    var next = numbers.lowerBound
    while next < numbers.upperBound {
      let due = Int(Double(MonotonicClock.now - began) / 1e9 * Double(rate)) + numbers.lowerBound
      let room = ahead == .max ? .max : receiver.distinct + ahead
      let end = min(due, numbers.upperBound, next + 256, room)
      if end <= next {
        if MonotonicClock.now - began > 120_000_000_000 {
          throw BenchFailure("\(receiver.distinct) events arrived, and no more of \(next) in two minutes")
        }
        try await Task.sleep(for: .milliseconds(2))
        continue
      }
      let now = MonotonicClock.now
      let batch = (next..<end).map(mill.event)
      let outcomes = try await harness.record(batch)
      guard outcomes.allSatisfy({ $0 == .stored }) else { throw BenchFailure("an event was not stored") }
      times += Array(repeating: now, count: batch.count)
      next = end
      // The router's own pause between hand-overs.
      if due < numbers.upperBound, ahead == .max { try await Task.sleep(for: .milliseconds(20)) }
    }
    return times
  }

  /// Waits until so many different events have arrived.
  func arrived(_ count: Int, within limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    while receiver.distinct < count {
      if ContinuousClock.now > deadline {
        throw BenchFailure("\(receiver.distinct) of \(count) events arrived within \(limit)")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Milliseconds from the hand-over to the arrival, of those in `numbers` that have arrived.
  func delays(_ numbers: Range<Int>, handed: [Int64], where isMeant: (Int) -> Bool = { _ in true }) -> [Double] {
    let arrivals = receiver.arrivals.first
    return numbers.compactMap { number in
      guard isMeant(number), arrivals[number] > 0 else { return nil }
      return Double(arrivals[number] - handed[number - numbers.lowerBound]) / 1e6
    }
  }

  /// A line of /proc/PID/status of the service, in MiB.
  func memory(_ field: String) throws -> Double {
    try BenchProcess.memory(field, of: harness.processIdentifier, name: "receipts")
  }
}
