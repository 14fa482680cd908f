import Contracts
import Crypto
import Foundation
import HTTP
import JSON
import ReceiptsHarness
import Telemetry
import TestSupport
import Testing

@testable import Receipts

/// The samples of VERIFYING.md as they stand there, against what really arrives and what must not pass.
@Suite struct VerifierSampleTests {
  /// What a sample is asked about a request.
  private struct Asked {
    var sample: VerifierSample
    var folder: String

    func verify(_ headers: [String: String], _ body: [UInt8], secret: String) async throws -> String {
      try await sample.ask("verify", environment(headers, secret), body: body, in: folder)
    }

    func plain(_ headers: [String: String], _ body: [UInt8], secret: String) async throws -> String {
      try await sample.ask("plain", environment(headers, secret), body: body, in: folder)
    }

    private func environment(_ headers: [String: String], _ secret: String) -> [String: String] {
      var all = ["SECRET": secret]
      for (name, value) in headers {
        all["H_" + name.uppercased().replacingOccurrences(of: "-", with: "_")] = value
      }
      return all
    }
  }

  /// One real delivery: its headers, by lower-case names, and its body.
  private func delivered(_ fixture: ReceiptsFixture, _ receiver: WebhookReceiver, _ number: Int) async throws
    -> (headers: [String: String], body: [UInt8])
  {
    try await fixture.record(.sample(number))
    return Self.parts(try await receiver.requests.next("delivery \(number)"))
  }

  private static func parts(_ request: HTTPRequest) -> (headers: [String: String], body: [UInt8]) {
    var headers: [String: String] = [:]
    for name in ["x-signature-256", "x-signature-256-next", "webhook-id", "webhook-timestamp", "webhook-signature"] {
      headers[name] = request.headers[name]
    }
    return (headers, request.body)
  }

  /// Signed as a delivery is, at another time.
  private func signed(_ body: [UInt8], _ secret: String, secondsAgo: Int64) throws -> [String: String] {
    let secret = try #require(SigningSecret(Secret(secret)))
    let delivery = SignedDelivery(
      body: body, eventID: "evt_00000000000000000000000001",
      timestamp: Int64(Date().timeIntervalSince1970) - secondsAgo, secrets: SigningSecrets(secret))
    return Dictionary(uniqueKeysWithValues: delivery.headers.map { ($0.name.lowercased(), $0.value) })
  }

  /// A clock as the interpreter sees it, or everything would be stale.
  private func withDeliveries(
    _ body: (ReceiptsFixture, WebhookReceiver, Webhook) async throws -> Void
  ) async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      fixture.clock.advance(by: .milliseconds(WallClock.system.now - fixture.clock.now))
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await body(fixture, receiver, webhook)
    }
    await receiver.stop()
  }

  @Test func `every sample of the page is run where its interpreter is`() throws {
    for sample in VerifierSample.all { #expect(try sample.text().count > 500, "\(sample.language)") }
    if !VerifierSample.missing.isEmpty { print("not run, not installed: \(VerifierSample.missing)") }
    #expect(VerifierSample.missing.isEmpty || !Neighbours.areDemanded, "missing: \(VerifierSample.missing)")
    #expect(!VerifierSample.installed.isEmpty)
  }

  /// One test for all of it: a sample is compiled once.
  @Test(arguments: VerifierSample.installed)
  func `a sample takes what is ours and new, from either secret of an exchange, and each event once`(
    sample: VerifierSample
  ) async throws {
    let directory = try TemporaryDirectory()
    try await sample.prepare(in: directory.path)
    let asked = Asked(sample: sample, folder: directory.path)
    try await refusesWhatIsNotOurs(asked)
    try await refusesWhatIsNotNew(asked)
    try await takesEitherSecret(asked)
    try await takesOnce(asked)
  }

  /// A delivery verifies, and nothing that was changed, kept or invented does.
  private func refusesWhatIsNotOurs(_ asked: Asked) async throws {
    try await withDeliveries { fixture, receiver, webhook in
      let secret = try #require(webhook.secret)
      let (headers, body) = try await delivered(fixture, receiver, 1)
      #expect(try await asked.verify(headers, body, secret: secret) == "yes")
      #expect(try await asked.plain(headers, body, secret: secret) == "yes")

      // Another body, by one byte or by being written anew.
      let spaced = [UInt8](String(decoding: body, as: UTF8.self).replacingOccurrences(of: ":", with: ": ").utf8)
      for other in [body + [0x0a], Array(body.dropLast()), spaced] {
        #expect(try await asked.verify(headers, other, secret: secret) == "no")
        #expect(try await asked.plain(headers, other, secret: secret) == "no")
      }
      #expect(try await asked.verify(headers, body, secret: SigningSecret.make().text.string ?? "") == "no")

      // A copy with a fresh time: the time is signed.
      var moved = headers
      moved["webhook-timestamp"] = String((Int64(headers["webhook-timestamp"] ?? "") ?? 0) + 1)
      #expect(try await asked.verify(moved, body, secret: secret) == "no")
      var renamed = headers
      renamed["webhook-id"] = "evt_00000000000000000000000002"
      #expect(try await asked.verify(renamed, body, secret: secret) == "no")
      for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        var without = headers
        without[name] = nil
        #expect(try await asked.verify(without, body, secret: secret) == "no", "\(name)")
        without[name] = "☃ 1e3 v1, *"
        #expect(try await asked.verify(without, body, secret: secret) == "no", "\(name)")
      }
    }
  }

  /// A stamp may be five minutes old and a minute ahead, no more.
  private func refusesWhatIsNotNew(_ asked: Asked) async throws {
    let secret = SigningSecret.make().text.string ?? ""
    let body = Array(#"{"event":"message_status","name":"Café"}"#.utf8)
    for (age, answer) in [(280, "yes"), (310, "no"), (-40, "yes"), (-90, "no"), (86_400, "no")] {
      let headers = try signed(body, secret, secondsAgo: Int64(age))
      #expect(try await asked.verify(headers, body, secret: secret) == answer, "\(age) s old")
    }
  }

  /// While a secret is exchanged the old and the new one verify, and no third.
  private func takesEitherSecret(_ asked: Asked) async throws {
    try await withDeliveries { fixture, receiver, webhook in
      let old = try #require(webhook.secret)
      let new = try #require(
        try await fixture.webhooks.rotate(.init(webhookID: webhook.id), ReceiptsFixture.front()).secret)
      let (headers, body) = try await delivered(fixture, receiver, 1)
      for (secret, answer) in [(old, "yes"), (new, "yes"), (SigningSecret.make().text.string ?? "", "no")] {
        #expect(try await asked.verify(headers, body, secret: secret) == answer)
        #expect(try await asked.plain(headers, body, secret: secret) == answer)
      }
    }
  }

  /// An id is claimed once, and freed when the work fails: the retry is not ignored.
  private func takesOnce(_ asked: Asked) async throws {
    func take(_ mode: String, _ id: String) async throws -> String {
      try await asked.sample.ask(mode, ["ID": id], in: asked.folder)
    }
    let first = try await take("fail", "evt_1")
    if first == "no sqlite" {
      #expect(!Neighbours.areDemanded)
      return print("php has no pdo_sqlite: its taking once is not run")
    }
    #expect(first == "failed")
    #expect(try await take("fail", "evt_1") == "failed")
    #expect(try await take("take", "evt_1") == "yes")
    #expect(try await take("take", "evt_1") == "no")
    #expect(try await take("take", "evt_2") == "yes")
    // The next attempt comes while the first is at work, which fails then: it is not lost.
    #expect(try await take("overlap", "evt_3") == "busy\nfailed")
    #expect(try await take("take", "evt_3") == "yes")
    #expect(try await take("take", "evt_3") == "no")
    try await freesWhatIsLeft(asked, take)
  }

  /// What a process that died has claimed is free after a while; a database's transaction ends by itself.
  private func freesWhatIsLeft(_ asked: Asked, _ take: (String, String) async throws -> String) async throws {
    guard !["python", "php"].contains(asked.sample.language) else { return }
    let (files, claim) = (FileManager.default, asked.folder + "/taken/evt_4.busy")
    if asked.sample.language == "node" {
      try Data().write(to: URL(filePath: claim))
    } else {
      try files.createDirectory(atPath: claim, withIntermediateDirectories: false)
    }
    #expect(try await take("take", "evt_4") == "busy")
    try files.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3_600)], ofItemAtPath: claim)
    #expect(try await take("take", "evt_4") == "busy")
    #expect(try await take("take", "evt_4") == "yes")
  }

  @Test(.enabled(if: VerifierSample.isReady("bash"), "needs openssl"))
  func `a test request is checked by hand with curl, jq and openssl`() async throws {
    let directory = try TemporaryDirectory()
    let sample = VerifierSample.bash
    try await sample.prepare(in: directory.path)
    try await withDeliveries { fixture, _, webhook in
      let test = try await fixture.tests.test(.init(webhookID: webhook.id), ReceiptsFixture.front())
      try Data(try JSONCoder.encode(test)).write(to: URL(filePath: directory.file("answer.json")))
      let secret = try #require(webhook.secret)
      #expect(try await sample.ask("request", ["SECRET": secret], in: directory.path) == "yes")
      let other = SigningSecret.make().text.string ?? ""
      #expect(try await sample.ask("request", ["SECRET": other], in: directory.path) == "no")
    }
  }
}
