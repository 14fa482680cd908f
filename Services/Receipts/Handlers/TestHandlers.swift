import Contracts
import Crypto
import Outbound
import Store
import Synchronization
import Telemetry
import Transport
import Wire
import Workers

/// Test requests: a real, signed sample to where deliveries go, with everything that was sent and what came back.
///
/// Nothing of it is stored but a secret that was not there before. Paused webhooks can be tested: that is how their
/// owner finds out whether to resume them.
struct TestHandlers: Sendable {
  /// For all of a test: posters may let it wait for a place, and it may be sent twice. The caller waits 30 s.
  static let longest = Duration.seconds(25)

  let webhooks: WebhookHandlers
  let poster: WebhookPoster
  let keyed: KeyedCalls
  let gate: TestGates
  var limit = TestHandlers.longest

  /// What is to be sent once the webhook's row is stored.
  fileprivate struct Plan: Sendable {
    var row: WebhookRow
    var url: String
    var type: PlatformEvent.Kind
    var sender: SenderRow
    var secret: String?

    var started: KeyedCalls.Beginning<WebhookTest, Plan> { .started(reference: row.id.text, self) }
  }

  /// Tries a sender's receipts webhook, or another address in its place.
  func testSender(_ call: ReceiptsAPI.TestSenderWebhook, _ context: CallContext) async throws -> WebhookTest {
    let account = try context.requiredAccount
    if let url = call.url { try webhooks.checkURL(url) }
    let (now, keyring, place) = (webhooks.clock.now, webhooks.keyring, TestPlace(gate))
    defer { place.giveBack() }
    return try await keyed.once(call, context) { connection in
      guard let sender = try SenderRow.find(id: call.senderID, account: account, connection) else {
        throw CallFailure.senderNotFound
      }
      let known = try WebhookRow.find(sender: call.senderID, account: account, connection)
      guard let url = call.url ?? known?.url else { throw CallFailure.urlMissing }
      if let known {
        let plan = Plan(row: known, url: url, type: .messageStatus, sender: sender)
        try plan.checkReadable(keyring, at: now)
        try place.take(known.id, of: account, at: now)
        return plan.started
      }
      let (row, secret) = WebhookRow.make(.receipts, sender: call.senderID, url: nil, account, keyring, at: now)
      try row.insert(connection)
      try place.take(row.id, of: account, at: now)
      return Plan(row: row, url: url, type: .messageStatus, sender: sender, secret: secret.text.string).started
    } truth: { _, _ in
      throw CallFailure.testInterrupted
    } perform: { plan in
      try await perform(plan)
    }
  }

  /// Tries a webhook with a sample of a type, whether or not it gets that type.
  func test(_ call: ReceiptsAPI.TestWebhook, _ context: CallContext) async throws -> WebhookTest {
    let account = try context.requiredAccount
    let (now, keyring, place) = (webhooks.clock.now, webhooks.keyring, TestPlace(gate))
    defer { place.giveBack() }
    return try await keyed.once(call, context) { connection in
      guard let row = try WebhookRow.find(call.webhookID, account: account, connection) else {
        throw CallFailure.webhookNotFound
      }
      guard let url = row.url else { throw CallFailure.urlMissing }
      if row.kind == .receipts, let type = call.eventType, type != .messageStatus {
        throw FieldRefusal(
          "EVENT_TYPE_NOT_SENT", "event_type: a receipts webhook gets message.status only; leave it out",
          field: "event_type")
      }
      let id = row.sender ?? SenderID(trusted: "snd_" + String(repeating: "0", count: 26))
      let sender =
        try SenderRow.find(id: id, account: account, connection)
        ?? SenderRow(id: id, phoneNumber: "+14155550123", displayName: "Flower Shop")
      let plan = Plan(row: row, url: url, type: call.eventType ?? .messageStatus, sender: sender)
      try plan.checkReadable(keyring, at: now)
      try place.take(row.id, of: account, at: now)
      return plan.started
    } truth: { _, _ in
      throw CallFailure.testInterrupted
    } perform: { plan in
      try await perform(plan)
    }
  }

  private func perform(_ plan: Plan) async throws -> WebhookTest {
    let (at, started) = (webhooks.clock.now, MonotonicClock.now)
    let id = EventID(trusted: "evt_" + ULID.make(milliseconds: at))
    let sample = TestSample(
      type: plan.type, sender: plan.sender, account: plan.row.account, id: id, at: Timestamp(milliseconds: at))
    let body = try sample.bytes(for: plan.row.kind)
    let post: SignedPost
    do throws(WebhookRow.Unreadable) {
      post = try SignedPost(body, id: id, to: plan.url, of: plan.receiver, webhooks.keyring, at: at)
    } catch {
      throw CallFailure.unreadable(error)
    }
    let result = await send(post)
    let attempt = DeliveryAttempt(
      id: AttemptID(trusted: "att_" + ULID.make(milliseconds: at)), at: Timestamp(milliseconds: at),
      durationMilliseconds: Int((MonotonicClock.now - started) / 1_000_000), dialledAddress: result.dialledAddress,
      httpStatus: result.status, errorClass: result.errorClass, response: result.response)
    webhooks.log.notice(
      "webhook.tested", ["webhook_id": .string(plan.row.id.text), "outcome": .string(result.label)])
    let content = SignedDelivery.signedContent(eventID: id.text, timestamp: post.signed.timestamp, body: post.body)
    return WebhookTest(
      webhook: plan.row.view(secret: plan.secret, keyring: webhooks.keyring, at: at), eventType: plan.type,
      url: plan.url,
      headers: post.platformHeaders.map { WebhookHeader(name: $0.name, value: $0.value) }
        + post.ownHeaders.map { WebhookHeader(name: $0.name, value: nil) },
      body: String(decoding: post.body, as: UTF8.self), signedContent: String(decoding: content, as: UTF8.self),
      isSuccess: result.isSuccess, attempt: attempt,
      advice: TestAdvice.text(status: result.status, errorClass: result.errorClass))
  }
}

extension TestHandlers {
  /// Posts it, and is back when the limit is over: then it waited here, for an endpoint has 15 s.
  private func send(_ post: SignedPost) async -> PostResult {
    await withCheckedContinuation { continuation in
      let answer = FirstAnswer(continuation)
      // Both end by themselves: the post has limits of its own, and its end is the timer's.
      let timer = Task { [limit] in
        try? await Task.sleep(for: limit)
        answer.give(PostResult(errorClass: "overloaded"))
      }
      Task { [poster] in
        let result = await poster.send(post)
        // Somebody else's answer may have stopped the process that posts: that says nothing of this endpoint.
        answer.give(result.isInterrupted ? await poster.send(post) : result)
        timer.cancel()
      }
    }
  }
}

extension TestHandlers.Plan {
  /// The webhook as the request shows it: its own headers are often credentials, and for the saved address only.
  fileprivate var receiver: WebhookRow {
    guard url != row.url, row.url.flatMap(Self.origin) != Self.origin(url) else { return row }
    var row = row
    row.sealedHeaders = nil
    return row
  }

  /// Before anything is journalled: a repeat of the call is then told the same.
  fileprivate func checkReadable(_ keyring: SealingKeyring, at now: Int64) throws(CallFailure) {
    do throws(WebhookRow.Unreadable) {
      _ = try receiver.secrets(keyring, at: now)
      _ = try receiver.ownHeaders(keyring)
    } catch {
      throw .unreadable(error)
    }
  }

  private static func origin(_ url: String) -> String? {
    do throws(OutboundFailure) {
      let url = try OutboundURL(url)
      return "\(url.isTLS) \(url.host.lowercased()) \(url.port)"
    } catch {
      return nil
    }
  }
}

extension CallFailure {
  fileprivate static var urlMissing: CallFailure {
    .failedPrecondition("WEBHOOK_URL_MISSING", "No URL is saved yet: save one, or name one in this test.")
  }

  fileprivate static var testInterrupted: CallFailure {
    .failedPrecondition(
      "TEST_INTERRUPTED",
      "The service stopped during this test: repeat it with a new Idempotency-Key. A secret that it made was not shown "
        + "to anybody: rotate it.")
  }

  fileprivate static func unreadable(_ what: WebhookRow.Unreadable) -> CallFailure {
    switch what {
    case .secret:
      .failedPrecondition("SECRET_UNREADABLE", "The stored signing secret cannot be opened any more: rotate it.")
    case .headers:
      .failedPrecondition("HEADERS_UNREADABLE", "The stored headers cannot be opened any more: set them again.")
    }
  }
}
