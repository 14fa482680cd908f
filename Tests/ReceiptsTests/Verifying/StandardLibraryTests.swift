import Contracts
import Foundation
import HTTP
import ReceiptsHarness
import Telemetry
import TestSupport
import Testing

@testable import Receipts

/// The receiver's side as the Standard Webhooks project publishes it, against real deliveries.
@Suite struct StandardLibraryTests {
  private static let program = """
    import os, sys
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError
    body = sys.stdin.buffer.read()
    headers = {name[2:].lower().replace("_", "-"): value for name, value in os.environ.items() if name[:2] == "H_"}
    try:
        Webhook(os.environ["SECRET"]).verify(body, headers)
        print("yes")
    except WebhookVerificationError:
        print("no")
    """

  @Test(.enabled(if: VerifierSample.isReady("python"), "needs python3"))
  func `the package standardwebhooks accepts ours, during an exchange by either secret, and nothing changed`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let python = VerifierSample.python
    // Where `scripts/test --all` has installed it already.
    let prepared = ProcessInfo.processInfo.environment["WSS_STANDARD_WEBHOOKS"]
    if prepared == nil {
      let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--retries", "0"]
      let fetched = try await python.run(
        ["python3"] + pip + ["--timeout", "5", "--target", ".", "standardwebhooks==1.1.0"], in: directory.path)
      if fetched.code != 0 {
        #expect(!Neighbours.areDemanded, "\(fetched.output)")
        return print("the package cannot be installed here, so it is not asked")
      }
    }
    try Self.program.write(toFile: directory.file("ask.py"), atomically: true, encoding: .utf8)
    func ask(_ request: HTTPRequest, _ body: [UInt8], _ secret: String) async throws -> String {
      var environment = ["SECRET": secret]
      for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        environment["H_" + name.uppercased().replacingOccurrences(of: "-", with: "_")] = request.headers[name]
      }
      let said = try await python.run([prepared ?? "python3", "ask.py"], environment, body: body, in: directory.path)
      return said.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      fixture.clock.advance(by: .milliseconds(WallClock.system.now - fixture.clock.now))
      let webhook = try await fixture.addWebhook(receiver.url)
      let old = try #require(webhook.secret)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let first = try await receiver.requests.next()
      #expect(try await ask(first, first.body, old) == "yes")
      #expect(try await ask(first, first.body + [0x20], old) == "no")
      let rotated = try await fixture.webhooks.rotate(.init(webhookID: webhook.id), ReceiptsFixture.front())
      let new = try #require(rotated.secret)
      try await fixture.record(.sample(2))
      let both = try await receiver.requests.next()
      #expect(try await ask(both, both.body, old) == "yes")
      #expect(try await ask(both, both.body, new) == "yes")
      #expect(try await ask(first, first.body, new) == "no")
    }
    await receiver.stop()
  }
}
