import Contracts
import Crypto
import Foundation
import HTTP
import JSON
import Outbound
import ReceiptsHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Receipts

/// Endpoints of an account beside the receipts webhooks of its senders.
@Suite struct EndpointTests {
  private let url = "https://hooks.example.com/events"

  private func create(
    _ fixture: ReceiptsFixture, _ call: ReceiptsAPI.CreateWebhook, account: AccountID = ReceiptsFixture.account
  ) async throws -> Webhook {
    try await fixture.webhooks.create(call, ReceiptsFixture.front(account))
  }

  private func happening(_ number: Int, _ type: PlatformEvent.Kind, sender: SenderID? = ReceiptsFixture.sender)
    -> HandedEvent
  {
    HandedEvent(
      happening: .init(
        id: StatusEvent.sample(number).id, accountID: ReceiptsFixture.account, type: type, senderID: sender,
        conversationID: nil, occurredAt: Timestamp(milliseconds: 1_767_225_600_000), data: ["number": 1]))
  }

  @Test func `an endpoint is made, shows its secret once, and reads back`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      let made = try await create(
        fixture,
        .init(
          url: url, senderID: ReceiptsFixture.sender, description: "Bestellungen – Café",
          eventTypes: [.messageReceived, .conversationEnded],
          headers: [WebhookHeader(name: "Authorization", value: "Bearer t0p-secret")], isOrdered: true,
          maxPerSecond: 0.5, maxConcurrency: 64, retrySchedule: "0s,5s,7d"))
      #expect(made.kind == .endpoint && made.secret?.hasPrefix("whsec_") == true && made.version == 1)
      #expect(made.headers == [WebhookHeader(name: "Authorization", value: nil)])
      var read = made
      read.secret = nil
      #expect(try await fixture.webhooks.read(.init(webhookID: made.id), ReceiptsFixture.front()) == read)
      let page = try await fixture.webhooks.list(.init(), ReceiptsFixture.front())
      #expect(page.data == [read] && page.nextCursor == nil)
    }
  }

  @Test func `neither a header's value nor a secret is on disk in the clear`() async throws {
    try await ReceiptsFixture.run { fixture in
      let made = try await create(
        fixture, .init(url: url, headers: [WebhookHeader(name: "X-Api-Key", value: "t0p-secret-value")]))
      _ = try await fixture.webhooks.rotate(.init(webhookID: made.id), ReceiptsFixture.front())
      let secret = try #require(made.secret)
      for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path) {
        let bytes = try Data(contentsOf: URL(filePath: fixture.directory.file(name)))
        #expect(bytes.range(of: Data("t0p-secret-value".utf8)) == nil, "\(name)")
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
      }
      #expect(!fixture.lines.all.contains { $0.contains("t0p-secret-value") || $0.contains(secret) })
    }
  }

  @Test func `an endpoint gets the types and the sender it asked for, as GET events shows them`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      _ = try await create(
        fixture,
        .init(
          url: receiver.url, senderID: ReceiptsFixture.sender, eventTypes: [.messageReceived],
          headers: [WebhookHeader(name: "X-Shop", value: "eins")]))
      try await fixture.hand([
        happening(1, .conversationStarted), happening(2, .messageReceived, sender: ReceiptsFixture.secondSender),
        happening(3, .messageReceived),
      ])
      fixture.worker.start()
      let request = try await receiver.requests.next("the one event")
      #expect(
        String(decoding: request.body, as: UTF8.self)
          == #"{"id":"evt_00000000000000000000000003","type":"message.received","#
          + #""timestamp":"2026-01-01T00:00:00.000Z","sender_id":"snd_00000000000000000000000001","#
          + #""data":{"number":1}}"#)
      #expect(request.headers["x-shop"] == "eins")
      let deliveries = try await fixture.deliveries()
      #expect(deliveries.map(\.eventID.text) == ["evt_00000000000000000000000003"])
    }
    await receiver.stop()
  }

  @Test func `a change merges: absent stays, null unsets, a header without a value keeps the one it has`() async throws
  {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let made = try await create(
        fixture,
        .init(
          url: url, description: "Shop", eventTypes: [.messageReceived],
          headers: [WebhookHeader(name: "X-Key", value: "one"), WebhookHeader(name: "X-Old", value: "two")],
          maxPerSecond: 5, maxConcurrency: 2, retrySchedule: "short"))
      fixture.clock.advance(by: .seconds(1))
      let changed = try await fixture.webhooks.update(
        .init(
          webhookID: made.id, url: receiver.url, description: .null, eventTypes: .null,
          headers: [WebhookHeader(name: "x-key", value: nil), WebhookHeader(name: "X-New", value: "three")],
          maxConcurrency: .set(3), retrySchedule: .null), ReceiptsFixture.front())
      #expect(changed.url == receiver.url && changed.description == nil && changed.eventTypes == nil)
      #expect(changed.headers.map(\.name) == ["x-key", "X-New"] && changed.headers.allSatisfy { $0.value == nil })
      #expect(changed.maxPerSecond == 5 && changed.maxConcurrency == 3 && changed.retrySchedule == nil)
      #expect(changed.version == 2 && changed.createdAt == made.createdAt && changed.updatedAt > made.updatedAt)
      #expect(changed.secret == nil && changed.secretFingerprint == made.secretFingerprint)
      fixture.worker.start()
      try await fixture.hand([happening(1, .conversationStarted)])
      let request = try await receiver.requests.next("an event")
      #expect(request.headers["x-key"] == "one" && request.headers["x-new"] == "three")
      #expect(request.headers["x-old"] == nil)
    }
    await receiver.stop()
  }

  @Test func `a change for a version that was replaced is refused`() async throws {
    try await ReceiptsFixture.run { fixture in
      let made = try await create(fixture, .init(url: url))
      let front = ReceiptsFixture.front()
      _ = try await fixture.webhooks.update(
        .init(webhookID: made.id, description: .set("a"), ifVersion: 1), front)
      let late = await failure {
        try await fixture.webhooks.update(.init(webhookID: made.id, description: .set("b"), ifVersion: 1), front)
      }
      let gone = await failure { try await fixture.webhooks.delete(.init(webhookID: made.id, ifVersion: 1), front) }
      #expect(late?.reason == "VERSION_CHANGED" && gone?.reason == "VERSION_CHANGED")
      let read = try await fixture.webhooks.read(.init(webhookID: made.id), front)
      #expect(read.description == "a" && read.version == 2)
    }
  }

  @Test func `an account has fifty endpoints at most`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(url)
      var last: Webhook?
      for number in 0..<WebhookRow.mostEndpoints {
        last = try await create(fixture, .init(url: "\(url)/\(number)"))
      }
      let refused = await failure { try await create(fixture, .init(url: url)) }
      #expect(refused?.code == .failedPrecondition && refused?.reason == "ENDPOINT_LIMIT")
      // Another account's, and one that has gone, take no place.
      _ = try await create(fixture, .init(url: url), account: ReceiptsFixture.otherAccount)
      let gone = try #require(last)
      _ = try await fixture.webhooks.delete(.init(webhookID: gone.id), ReceiptsFixture.front())
      _ = try await create(fixture, .init(url: url))
    }
  }

  @Test func `pages of the list are complete and newest first`() async throws {
    try await ReceiptsFixture.run { fixture in
      var made: [WebhookID] = []
      for number in 0..<5 {
        made.append(try await create(fixture, .init(url: "\(url)/\(number)")).id)
        fixture.clock.advance(by: .milliseconds(1))
      }
      var (seen, cursor): ([WebhookID], String?) = ([], nil)
      repeat {
        let page = try await fixture.webhooks.list(.init(limit: 2, cursor: cursor), ReceiptsFixture.front())
        seen += page.data.map(\.id)
        cursor = page.nextCursor
      } while cursor != nil && seen.count < 10
      #expect(seen == made.reversed())
      let odd = await failure { try await fixture.webhooks.list(.init(cursor: "c25kXzE"), ReceiptsFixture.front()) }
      #expect(odd?.reason == "CURSOR_INVALID")
    }
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    var reason: String
    var field: String
    var call: ReceiptsAPI.CreateWebhook
    var testDescription: String { "\(reason) \(field)" }

    init(_ reason: String, _ field: String, _ change: (inout ReceiptsAPI.CreateWebhook) -> Void) {
      var call = ReceiptsAPI.CreateWebhook(url: "https://hooks.example.com/")
      change(&call)
      (self.reason, self.field, self.call) = (reason, field, call)
    }
  }

  private static let refused: [Refused] = [
    Refused("URL_REFUSED", "url") { $0.url = "https://10.0.0.1/" },
    Refused("URL_REFUSED", "url") { $0.url = "https://senders.example/v1/webhooks" },
    Refused("LENGTH_OUT_OF_RANGE", "url") { $0.url = "" },
    Refused("LENGTH_OUT_OF_RANGE", "description") { $0.description = "" },
    Refused("LENGTH_OUT_OF_RANGE", "description") { $0.description = String(repeating: "ü", count: 201) },
    Refused("EVENT_TYPES_EMPTY", "event_types") { $0.eventTypes = [] },
    Refused("EVENT_TYPE_REPEATED", "event_types[1]") { $0.eventTypes = [.messageStatus, .messageStatus] },
    Refused("RATE_OUT_OF_RANGE", "max_per_second") { $0.maxPerSecond = 0.09 },
    Refused("RATE_OUT_OF_RANGE", "max_per_second") { $0.maxPerSecond = 1_000.5 },
    Refused("CONCURRENCY_OUT_OF_RANGE", "max_concurrency") { $0.maxConcurrency = 0 },
    Refused("CONCURRENCY_OUT_OF_RANGE", "max_concurrency") { $0.maxConcurrency = 65 },
    Refused("RETRY_SCHEDULE_INVALID", "retry_schedule") { $0.retrySchedule = "" },
    Refused("RETRY_SCHEDULE_INVALID", "retry_schedule") { $0.retrySchedule = "0s,,5s" },
    Refused("RETRY_SCHEDULE_INVALID", "retry_schedule") { $0.retrySchedule = "0s,8d" },
    Refused("RETRY_SCHEDULE_INVALID", "retry_schedule") { $0.retrySchedule = "soon" },
    Refused("RETRY_SCHEDULE_INVALID", "retry_schedule") { $0.retrySchedule = "5s,5m" },
    Refused("RETRY_SCHEDULE_INVALID", "retry_schedule") {
      $0.retrySchedule = Array(repeating: "0s", count: 51).joined(separator: ",")
    },
    Refused("HEADERS_OUT_OF_RANGE", "headers") {
      $0.headers = (0..<21).map { WebhookHeader(name: "X-\($0)", value: "v") }
    },
    Refused("HEADER_REPEATED", "headers[1].name") {
      $0.headers = [WebhookHeader(name: "X-A", value: "1"), WebhookHeader(name: "x-a", value: "2")]
    },
    Refused("HEADER_VALUE_REQUIRED", "headers[0].value") { $0.headers = [WebhookHeader(name: "X-A", value: nil)] },
    Refused("HEADER_INVALID", "headers[0].name") { $0.headers = [WebhookHeader(name: "", value: "1")] },
    Refused("HEADER_INVALID", "headers[0].name") {
      $0.headers = [WebhookHeader(name: String(repeating: "x", count: 65), value: "1")]
    },
    Refused("HEADER_INVALID", "headers[0].value") {
      $0.headers = [WebhookHeader(name: "X-A", value: String(repeating: "x", count: 1_025))]
    },
    Refused("HEADER_INVALID", "headers[0].value") { $0.headers = [WebhookHeader(name: "X-A", value: "")] },
    Refused("HEADER_INVALID", "headers[0].value") { $0.headers = [WebhookHeader(name: "X-A", value: "Café")] },
  ]

  @Test(arguments: refused)
  func `a field that cannot be taken is named, with the remedy, and nothing is made`(refused: Refused) async throws {
    try await ReceiptsFixture.run(rules: .init(denyHosts: ["senders.example"])) { fixture in
      let refusal = await failure { try await create(fixture, refused.call) }
      #expect(refusal?.code == .invalidArgument && refusal?.reason == refused.reason)
      #expect(refusal?.field == refused.field && refusal?.message.hasPrefix(refused.field) == true)
      let list = try await fixture.webhooks.list(.init(), ReceiptsFixture.front())
      #expect(list.data.isEmpty)
    }
  }

  @Test func `limits themselves are taken`() async throws {
    try await ReceiptsFixture.run { fixture in
      let most = try await create(
        fixture,
        .init(
          url: url, description: String(repeating: "ü", count: 200), eventTypes: PlatformEvent.Kind.allCases,
          headers: (0..<20).map {
            WebhookHeader(
              name: "X-" + String(repeating: "a", count: 60) + String($0), value: String(repeating: "v", count: 1_024))
          }, maxPerSecond: 1_000, maxConcurrency: 64,
          retrySchedule: (["0s"] + Array(repeating: "7d", count: 49)).joined(separator: ",")))
      #expect(most.headers.count == 20 && most.eventTypes?.count == PlatformEvent.Kind.allCases.count)
      _ = try await create(fixture, .init(url: url, maxPerSecond: 0.1, maxConcurrency: 1, retrySchedule: "0s"))
    }
  }

  @Test func `a receipts webhook keeps its event types, and takes everything else`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(url)
      let front = ReceiptsFixture.front()
      for types: Patch<[PlatformEvent.Kind]> in [.null, .set([.messageStatus])] {
        let refused = await failure {
          try await fixture.webhooks.update(.init(webhookID: webhook.id, eventTypes: types), front)
        }
        #expect(refused?.reason == "EVENT_TYPES_FIXED" && refused?.field == "event_types")
      }
      let changed = try await fixture.webhooks.update(
        .init(webhookID: webhook.id, description: .set("Till"), isOrdered: true), front)
      #expect(changed.description == "Till" && changed.isOrdered && changed.kind == .receipts)
    }
  }

  @Test func `an unknown sender of an endpoint is refused`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender(account: ReceiptsFixture.otherAccount)
      let refused = await failure {
        try await create(fixture, .init(url: url, senderID: ReceiptsFixture.sender))
      }
      #expect(refused?.reason == "SENDER_NOT_FOUND")
    }
  }

  @Test func `while it is paused by hand events are kept for it and none is sent`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      try await fixture.record(.sample(1))
      let paused = try await fixture.webhooks.pause(.init(webhookID: webhook.id), ReceiptsFixture.front())
      #expect(paused.state == .paused && paused.pause?.reason == .byHand && paused.version == 2)
      #expect(paused.pause?.at.milliseconds == fixture.clock.now)
      fixture.clock.advance(by: .seconds(1))
      #expect(try await fixture.webhooks.pause(.init(webhookID: webhook.id), ReceiptsFixture.front()) == paused)
      try await fixture.record(.sample(2))
      let other = try await fixture.addWebhook(
        receiver.url, sender: ReceiptsFixture.secondSender, account: ReceiptsFixture.otherAccount)
      #expect(other.state == .active)
      fixture.worker.start()
      // Whoever is not paused is served: the worker has looked at all of them.
      try await fixture.record(
        .sample(3, sender: ReceiptsFixture.secondSender, account: ReceiptsFixture.otherAccount))
      #expect(try await receiver.requests.next().headers["webhook-id"]?.hasSuffix("3") == true)
      let states = try await fixture.deliveries().map(\.state)
      #expect(states == [.held, .waiting] && receiver.count == 1)
    }
    await receiver.stop()
  }

  @Test func `nobody sees, changes, pauses or deletes what another account has`() async throws {
    try await ReceiptsFixture.run { fixture in
      let mine = try await create(fixture, .init(url: url))
      let other = ReceiptsFixture.front(ReceiptsFixture.otherAccount)
      let webhooks = fixture.webhooks
      #expect(try await webhooks.list(.init(), other).data.isEmpty)
      #expect(
        await failure { try await webhooks.read(.init(webhookID: mine.id), other) }?.reason == "WEBHOOK_NOT_FOUND")
      let update = ReceiptsAPI.UpdateWebhook(webhookID: mine.id, description: .set("theirs"))
      #expect(await failure { try await webhooks.update(update, other) }?.reason == "WEBHOOK_NOT_FOUND")
      #expect(await failure { try await webhooks.pause(.init(webhookID: mine.id), other) }?.code == .notFound)
      #expect(await failure { try await webhooks.delete(.init(webhookID: mine.id), other) }?.code == .notFound)
      let nobody = ReceiptsFixture.front(nil)
      #expect(await failure { try await webhooks.create(.init(url: url), nobody) }?.reason == "ACCOUNT_REQUIRED")
      let read = try await webhooks.read(.init(webhookID: mine.id), ReceiptsFixture.front())
      #expect(read.version == 1 && read.state == .active)
    }
  }
}
