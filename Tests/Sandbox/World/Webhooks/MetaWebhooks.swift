import Crypto
import JSON
import Telemetry
import Transport

/// Delivers webhooks signed with the app secret until each is answered 200, for as long as the sandbox runs.
///
/// `@unchecked Sendable`: state is used on the loop's thread only; entry points from other threads go through
/// `loop.execute` or `loop.perform`.
package final class MetaWebhooks: @unchecked Sendable {
  private struct Item {
    var update: WebhookUpdate
    var hasWrongSignature = false
  }

  private let limit: Int
  private let loop: EventLoop
  private let key: HMACSHA256Key
  private let wrongKey = HMACSHA256Key(RandomBytes.make(32))
  private let ledger: Ledger
  private let faults: FaultBook
  private let clock: WallClock
  private let sender: WebhookSender

  private var url: WebhookURL?
  private var habits = WebhookHabits()
  private var generator: SeededGenerator
  private var fresh = WorkQueue<Item>()
  private var retries = WorkQueue<WebhookDelivery>()
  /// Updates and deliveries whose time has not come.
  private var scheduled = 0
  private var inFlight = 0
  private var isStopped = false

  init(
    loop: EventLoop, secret: Secret, ledger: Ledger, faults: FaultBook, clock: WallClock, seed: UInt64, limit: Int
  ) {
    self.limit = limit
    self.loop = loop
    key = HMACSHA256Key(secret)
    self.ledger = ledger
    self.faults = faults
    self.clock = clock
    generator = SeededGenerator(seed: seed ^ 0x77_65_62)
    sender = WebhookSender(loop: loop)
  }

  // MARK: From anywhere

  /// The app's callback; nil for none.
  package func setURL(_ url: WebhookURL?) async {
    await loop.perform { [self] in self.url = url }
  }

  package func currentURL() async -> WebhookURL? { await loop.perform { [self] in url } }

  package func currentHabits() async -> WebhookHabits { await loop.perform { [self] in habits } }

  package func setHabits(_ habits: WebhookHabits) async {
    await loop.perform { [self] in
      self.habits = habits
      pump()
    }
  }

  /// Updates and deliveries not yet answered 200.
  package func pending() async -> Int {
    await loop.perform { [self] in fresh.count + retries.count + scheduled + inFlight }
  }

  /// Tells the app soon.
  func send(_ update: WebhookUpdate) {
    loop.execute { [self] in due(Item(update: update)) }
  }

  /// Tells the app the life of a message it sent: `sent`, `delivered`, `read`, at the habits' pace.
  func sendStatuses(_ statuses: [WebhookUpdate]) {
    loop.execute { [self] in
      guard habits.sendsStatuses else { return }
      let hasLife = statuses.count == 3
      let skips = hasLife && generator.chance(habits.skipDelivered)
      var milliseconds = 0
      for (index, update) in statuses.enumerated() {
        milliseconds += Int.random(in: habits.delay, using: &generator)
        if skips && index == 1 { continue }
        schedule(after: milliseconds) { $0.statusDue(update) }
      }
    }
  }

  /// Delivers bytes exactly as given, signed: for what Meta never sends but an attacker or a bug may.
  package func sendRaw(_ body: [UInt8]) {
    loop.execute { [self] in
      guard let url else { return dropped() }
      if retries.count >= limit { return dropped() }
      retries.append(WebhookDelivery(url: url, updates: [], body: body, hasWrongSignature: false))
      pump()
    }
  }

  /// Meta's check of a callback: GET with a challenge that must come back.
  package func handshake(_ url: WebhookURL, verifyToken: String) async throws(ControlFailure) {
    let challenge = String(RandomBytes.make(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 24)
    let mark = url.path.contains("?") ? "&" : "?"
    let query = "hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=\(PercentCoding.encode(verifyToken))"
    let request = Array(
      "GET \(url.path)\(mark)\(query) HTTP/1.1\r\nHost: \(url.authority)\r\nUser-Agent: facebookplatform/1.0\r\n\r\n"
        .utf8)
    let result = await withCheckedContinuation { continuation in
      loop.execute { [self] in
        sender.send(request, to: url, timeout: .milliseconds(habits.timeout)) { continuation.resume(returning: $0) }
      }
    }
    switch result {
    case .failure(let failure): throw ControlFailure("\(url) does not answer: \(failure)")
    case .success(let answer):
      guard answer.status == 200, answer.body == Array(challenge.utf8) else {
        throw ControlFailure("\(url) answered \(answer.status) and did not return the challenge")
      }
    }
  }

  /// Ends deliveries under way and forgets what waits.
  func stop() async {
    await loop.perform { [self] in
      isStopped = true
      fresh.removeAll()
      retries.removeAll()
      sender.stop()
    }
  }

  // MARK: On the loop

  /// `updates` is what is lost when there is no room.
  private func schedule(
    after milliseconds: Int, updates: Int = 1, _ work: @escaping (MetaWebhooks) -> Void
  ) {
    if scheduled + fresh.count >= limit { return dropped(updates) }
    scheduled += 1
    loop.schedule(after: .milliseconds(milliseconds)) { [self] in
      scheduled -= 1
      if !isStopped { work(self) }
    }
  }

  private func statusDue(_ update: WebhookUpdate) {
    guard case .status(var status) = update.content else { return due(Item(update: update)) }
    status.timestamp = clock.now
    ledger.statusMade(status.name, of: status.messageID, at: status.timestamp)
    due(Item(update: update.with(.status(status))))
  }

  private func due(_ item: Item) {
    if isStopped { return }
    guard let fault = faults.take(at: item.update.door) else { return enqueue(item) }
    switch fault.kind {
    case .drop: dropped()
    case .delay: schedule(after: fault.parameters.milliseconds ?? 1_000) { $0.enqueue(item) }
    case .duplicate:
      enqueue(item)
      enqueue(item)
    default: enqueue(Item(update: item.update, hasWrongSignature: fault.kind == .wrongSignature))
    }
  }

  private func enqueue(_ item: Item) {
    if fresh.count + scheduled >= limit { return dropped() }
    fresh.append(item)
    pump()
  }

  private func pump() {
    while !habits.isPaused, !isStopped, inFlight < habits.concurrency {
      if let retry = retries.popFirst() {
        deliver(retry)
      } else if let batch = takeBatch() {
        deliver(batch)
      } else {
        return
      }
    }
  }

  /// The next delivery: neighbours in the queue that go to one place for one account.
  private func takeBatch() -> WebhookDelivery? {
    while let item = takeItem() {
      guard let url = destination(of: item.update) else {
        dropped()
        continue
      }
      var updates = [item.update]
      while updates.count < habits.maximumBatch, let next = fresh.first,
        next.update.wabaID == item.update.wabaID, next.hasWrongSignature == item.hasWrongSignature,
        destination(of: next.update) == url
      {
        updates.append(next.update)
        _ = fresh.popFirst()
      }
      let body = WebhookPayload.body(wabaID: item.update.wabaID, time: clock.now, updates: updates[...])
      return WebhookDelivery(url: url, updates: updates, body: body, hasWrongSignature: item.hasWrongSignature)
    }
    return nil
  }

  private func takeItem() -> Item? {
    if habits.isShuffled, fresh.count > 1 { fresh.promote(Int.random(in: 0..<fresh.count, using: &generator)) }
    return fresh.popFirst()
  }

  private func destination(of update: WebhookUpdate) -> WebhookURL? {
    if let own = update.overrideURL, let url = try? WebhookURL(own) { return url }
    return url
  }

  private func deliver(_ delivery: WebhookDelivery) {
    inFlight += 1
    ledger.count { $0.webhookAttempts += 1 }
    for update in delivery.updates {
      if case .message(let message) = update.content { ledger.inboundTried(message.id) }
    }
    sender.send(request(for: delivery), to: delivery.url, timeout: .milliseconds(habits.timeout)) { [self] result in
      inFlight -= 1
      // Meta counts 200 and nothing else as received.
      if case .success(let answer) = result, answer.status == 200 {
        acknowledged(delivery)
      } else {
        failed(delivery)
      }
      pump()
    }
  }

  private func request(for delivery: WebhookDelivery) -> [UInt8] {
    let signature = Hex.encode((delivery.hasWrongSignature ? wrongKey : key).authenticate(delivery.body))
    let head =
      "POST \(delivery.url.path) HTTP/1.1\r\nHost: \(delivery.url.authority)\r\nUser-Agent: facebookexternalua\r\n"
      + "Content-Type: application/json\r\nX-Hub-Signature-256: sha256=\(signature)\r\n"
      + "Content-Length: \(delivery.body.count)\r\n\r\n"
    return Array(head.utf8) + delivery.body
  }

  private func acknowledged(_ delivery: WebhookDelivery) {
    ledger.count { $0.webhooksAnswered200 += 1 }
    let now = clock.now
    for update in delivery.updates {
      switch update.content {
      case .message(let message): ledger.inboundAcknowledged(message.id, at: now)
      case .status(let status): ledger.statusAcknowledged(status.name, of: status.messageID)
      case .other: continue
      }
    }
  }

  private func failed(_ delivery: WebhookDelivery) {
    ledger.count { $0.webhooksFailed += 1 }
    if isStopped { return }
    var next = delivery
    next.attempts += 1
    var wait = Double(habits.firstRetry)
    for _ in 1..<min(next.attempts, 20) where wait < Double(habits.longestRetry) { wait *= 1.5 }
    wait = min(wait, Double(habits.longestRetry)) * Double.random(in: 0.8...1, using: &generator)
    // A bad signature is an attacker's one try, not Meta's promise.
    if delivery.hasWrongSignature { return dropped(delivery.updates.count) }
    schedule(after: Int(wait), updates: max(1, delivery.updates.count)) {
      $0.retries.append(next)
      $0.pump()
    }
  }

  private func dropped(_ updates: Int = 1) { ledger.count { $0.webhooksDropped += updates } }
}
