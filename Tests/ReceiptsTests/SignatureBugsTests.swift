import Contracts
import Crypto
import Foundation
import JSON
import HTTP
import ReceiptsHarness
import Store
import TestSupport
import Testing

@testable import Receipts
import Wire

/// Mistakes that other senders of webhooks made with their signatures, each by its name.
@Suite struct SignatureBugsTests {
  private let body = Array(#"{"event":"message_status","name":"Café"}"#.utf8)
  private let id = "evt_00000000000000000000000001"

  private func signed(_ body: [UInt8], at seconds: Int64, _ secret: SigningSecret) -> SignedDelivery {
    SignedDelivery(body: body, eventID: id, timestamp: seconds, secrets: SigningSecrets(secret))
  }

  /// What a receiver checks who knows the secret: whether the signature fits what the headers say.
  private func fits(_ headers: [String: String], _ body: [UInt8], _ secret: SigningSecret) -> Bool {
    let content = SignedDelivery.signedContent(
      eventID: headers["webhook-id"] ?? "", timestamp: headers["webhook-timestamp"] ?? "", body: body)
    let expected = "v1," + Base64.encode(HMACSHA256.authenticate(content, key: secret.key.bytes))
    return headers["webhook-signature"]?.split(separator: " ").contains(expected[...]) ?? false
  }

  private func headers(_ signed: SignedDelivery) -> [String: String] {
    Dictionary(uniqueKeysWithValues: signed.headers.map { ($0.name, $0.value) })
  }

  /// The page's Python sample, ready to be asked.
  private func sample() async throws -> (python: VerifierSample, folder: TemporaryDirectory) {
    let directory = try TemporaryDirectory()
    try await VerifierSample.python.prepare(in: directory.path)
    return (VerifierSample.python, directory)
  }

  private func ask(
    _ sample: VerifierSample, _ folder: TemporaryDirectory, _ headers: [String: String], _ secret: SigningSecret
  ) async throws -> String {
    var environment = ["SECRET": secret.text.string ?? ""]
    for (name, value) in headers {
      environment["H_" + name.uppercased().replacingOccurrences(of: "-", with: "_")] = value
    }
    return try await sample.ask("verify", environment, body: body, in: folder.path)
  }

  @Test(.enabled(if: VerifierSample.isReady("python"), "needs python3"))
  func `body-only signature replayable for ever`() async throws {
    // The plain header has to be so: it is what old code reads. The other one dies with its time.
    let secret = SigningSecret.make()
    let now = Int64(Date().timeIntervalSince1970)
    let (old, new) = (signed(body, at: now - 86_400, secret), signed(body, at: now, secret))
    #expect(old.bodySignature == new.bodySignature && old.signature != new.signature)
    let (python, folder) = try await sample()
    #expect(try await ask(python, folder, headers(old), secret) == "no")
    #expect(try await ask(python, folder, headers(new), secret) == "yes")
  }

  @Test func `timestamp in a header but not in the digest gives false comfort`() {
    let secret = SigningSecret.make()
    var kept = headers(signed(body, at: 1_767_225_600, secret))
    #expect(fits(kept, body, secret))
    kept["webhook-timestamp"] = "1767225900"
    #expect(!fits(kept, body, secret))
    kept["webhook-timestamp"] = "1767225600"
    kept["webhook-id"] = "evt_00000000000000000000000002"
    #expect(!fits(kept, body, secret))
  }

  @Test(.enabled(if: VerifierSample.isReady("python"), "needs python3"))
  func `tolerance applied both ways doubles the replay window`() async throws {
    let secret = SigningSecret.make()
    let (python, folder) = try await sample()
    for (ahead, answer) in [(-280, "yes"), (-310, "no"), (45, "yes"), (75, "no"), (280, "no")] {
      let stamp = Int64(Date().timeIntervalSince1970) + Int64(ahead)
      #expect(try await ask(python, folder, headers(signed(body, at: stamp, secret)), secret) == answer, "\(ahead)")
    }
  }

  @Test(.enabled(if: VerifierSample.isReady("python"), "needs python3"))
  func `id claimed before work, never freed on error`() async throws {
    let (python, folder) = try await sample()
    func take(_ mode: String) async throws -> String { try await python.ask(mode, ["ID": id], in: folder.path) }
    #expect(try await take("fail") == "failed")
    #expect(try await take("take") == "yes")
    #expect(try await take("take") == "no")
  }

  @Test func `unprefixed base64 secrets read two ways`() throws {
    let made = SigningSecret.make()
    let text = try #require(made.text.string)
    // Ours always has the prefix, is refused without it, and each header has one reading of it.
    #expect(text.hasPrefix("whsec_") && SigningSecret(Secret(String(text.dropFirst(6)))) == nil)
    let signed = signed(body, at: 1, made)
    let decoded = try #require(Base64.decode(String(text.dropFirst(6))))
    #expect(signed.bodySignature == "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: Array(text.utf8))))
    let content = SignedDelivery.signedContent(eventID: id, timestamp: "1", body: body)
    #expect(signed.signature == "v1," + Base64.encode(HMACSHA256.authenticate(content, key: decoded)))
    #expect(signed.bodySignature != "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: decoded)))
  }

  @Test(arguments: [
    #"{"b":1,"a":2,"name":"Caf\u00e9 \ud83d\ude00","line":"a\r\nb","slash":"a\/b","number":1.0,"big":1e3}"#,
    "{ \"spaced\" :\t[ 1 , 2 ],\r\n\"unicode\":\"Zoë – ✓\" }",
  ])
  func `body re-serialised before verify: our bytes are signed and sent as they are`(data: String) async throws {
    let receiver = try await WebhookReceiver { _, number in .text("", status: number == 1 ? 500 : 200) }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let text = try #require(webhook.secret)
      let secret = try #require(SigningSecret(Secret(text)))
      try await fixture.record(.sample(1))
      // Bytes that no writer of ours would make: whatever is stored is what is signed and sent, at every attempt.
      try await fixture.database.write { try $0.execute("UPDATE events SET body = ?", Array(data.utf8)) }
      fixture.worker.start()
      let first = try await receiver.requests.next("the first attempt")
      _ = try await fixture.delivery("the first attempt is kept") { $0.attempts.count == 1 }
      fixture.advance(by: .seconds(5))
      let second = try await receiver.requests.next("the second attempt")
      for request in [first, second] {
        #expect(request.body == Array(data.utf8))
        var headers: [String: String] = [:]
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] { headers[name] = request.headers[name] }
        #expect(fits(headers, request.body, secret))
      }
      #expect(first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"])
    }
    await receiver.stop()
  }

  @Test func `resent event carries the wrong signature`() async throws {
    // What is sent again after a rotation, a change of URL or a pause is signed for the moment it is sent.
    let receiver = try await WebhookReceiver { _, number in .text("", status: number == 1 ? 500 : 200) }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let first = try await receiver.requests.next()
      _ = try await fixture.delivery("the first attempt is kept") { $0.attempts.count == 1 }
      let rotated = try await fixture.webhooks.rotate(
        .init(webhookID: webhook.id, overlapHours: 0), ReceiptsFixture.front())
      fixture.advance(by: .seconds(5))
      let again = try await receiver.requests.next()
      let text = try #require(rotated.secret)
      let secret = try #require(SigningSecret(Secret(text)))
      var headers: [String: String] = [:]
      for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] { headers[name] = again.headers[name] }
      #expect(fits(headers, again.body, secret) && again.body == first.body)
      #expect(
        again.headers["x-signature-256"]
          == "sha256=" + Hex.encode(HMACSHA256.authenticate(again.body, key: secret.text.bytes)))
    }
    await receiver.stop()
  }

  @Test func `verifier docs that hash only the body while the sender signs t-body`() throws {
    // The page says for each header what it is over, and its samples are run against real deliveries.
    let page = try String(contentsOfFile: SourceTree.root + "/Services/Receipts/VERIFYING.md", encoding: .utf8)
    #expect(page.contains("base64(HMAC-SHA256(`id.timestamp.body`))") && page.contains("hex(HMAC-SHA256(body))"))
    for sample in VerifierSample.all { #expect(try !sample.text().isEmpty, "\(sample.language)") }
    let secret = SigningSecret.make()
    let signed = signed(body, at: 1_767_225_600, secret)
    #expect(signed.signature != "v1," + Base64.encode(HMACSHA256.authenticate(body, key: secret.key.bytes)))
  }

  @Test(arguments: ["", "secret", "default", "dummy", "whsec_", "whsec_c2VjcmV0"])
  func `signed with the default or dummy secret`(text: String) async throws {
    // There is none: a webhook whose secret is not one of ours delivers nothing, and says so.
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run(schedule: RetrySchedule(pauses: [.zero])) { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let sealed = fixture.keyring.seal(Secret(text), binding: WebhookRow.binding(webhook.id))
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET secret = ?", sealed) }
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let over = try await fixture.delivery("it is not sent") { $0.attempts.count == 1 }
      #expect(over.attempts.first?.errorClass == "secret_unreadable" && receiver.count == 0)
      let tested = await failure {
        try await fixture.tests.test(.init(webhookID: webhook.id), ReceiptsFixture.front())
      }
      #expect(tested?.reason == "SECRET_UNREADABLE" && receiver.count == 0)
    }
    await receiver.stop()
  }
}
