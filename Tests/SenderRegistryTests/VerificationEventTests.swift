import Contracts
import Crypto
import Daemon
import JSON
import SenderRegistryHarness
import Store
import Telemetry
import TestSupport
import Testing
import Transport
import Wire

@testable import SenderRegistry

/// How verifications end, as automation hears of it.
@Suite struct VerificationEventTests {
  /// `receipts`, which takes what it is handed.
  private struct Receipts {
    let loop: EventLoop
    let server: RPCServer
    let seen = AsyncBox<HandedEvent>()

    init(_ files: ServiceFiles) async throws {
      loop = try EventLoop(name: "receipts")
      var router = Router()
      router.on { [seen] (call: ReceiptsAPI.RecordEvents, _: CallContext) in
        for event in call.events { seen.put(event) }
        return .init(outcomes: call.events.map { _ in .stored })
      }
      server = try RPCServer(
        loop: loop, address: SocketAddress(host: "127.0.0.1", port: 0), service: .receipts,
        keys: files.pairKeys(.receipts), router: router, log: .silent, metrics: Metrics())
      try await server.start()
    }

    var address: HostPort { HostPort(host: "127.0.0.1", port: Int(server.address.port)) }

    func stop() async {
      await server.drain(within: .seconds(1))
      loop.stop()
    }
  }

  private func ended(
    _ sender: SenderID, _ number: Int, _ state: Verification.State?, _ method: Verification.Method? = .sms,
    reason: SenderReason? = nil
  ) -> SenderRegistryAPI.RecordVerification {
    SenderRegistryAPI.RecordVerification(
      eventID: EventID(trusted: "evt_0000000000000000000000000\(number)"),
      verificationID: VerificationID(trusted: "ver_01JD0000000000000000000000"), senderID: sender,
      isVerified: state == .verified, reason: reason, state: state, method: method)
  }

  @Test func `how a verification ended is handed to receipts, once, with its reason and without the code`() async throws
  {
    let files = try ServiceFiles()
    let receipts = try await Receipts(files)
    let harness = try await SenderRegistryHarness(files: files, peers: [.receipts: receipts.address])
    let sender = try await harness.createSender()
    let reason = SenderReason(code: "CODE_EXPIRED", message: "The code has expired.", nextStep: "Ask for a new one.")
    for _ in 1...2 { _ = try await harness.call(ended(sender.id, 1, .expired, reason: reason), from: .verifier) }
    _ = try await harness.call(ended(sender.id, 2, .verified, .voice), from: .verifier)
    // A verifier that does not tell the state yet.
    _ = try await harness.call(ended(sender.id, 3, nil, nil, reason: reason), from: .verifier)
    let first = try #require(try await receipts.seen.next().happening)
    #expect(first.id.text.hasSuffix("1") && first.type == .verificationStatus && first.senderID == sender.id)
    #expect(first.accountID == (try await harness.account))
    #expect(
      first.data
        == [
          "verification_id": "ver_01JD0000000000000000000000", "sender_id": .string(sender.id.text),
          "state": "expired", "method": "sms",
          "reason": ["code": "CODE_EXPIRED", "message": "The code has expired."],
        ])
    let second = try #require(try await receipts.seen.next().happening)
    #expect(second.data["state"] == "verified" && second.data["method"] == "voice" && second.data["reason"] == nil)
    let third = try #require(try await receipts.seen.next().happening)
    #expect(third.data["state"] == "failed" && third.data["method"] == nil)
    // What it waits for is told too, and nothing else follows from it.
    let before = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
    _ = try await harness.call(ended(sender.id, 4, .needsListener, .voice), from: .verifier)
    #expect(try await receipts.seen.next().happening?.data["state"] == "needs_a_listener")
    #expect(try await harness.call(SenderRegistryAPI.GetSender(id: sender.id)) == before)
    await harness.stop()
    await receipts.stop()
  }

  @Test func `what receipts could not be told is told after the next start, under the same id`() async throws {
    let files = try ServiceFiles()
    let first = try await SenderRegistryHarness(files: files)
    let sender = try await first.createSender()
    _ = try await first.call(ended(sender.id, 7, .verified), from: .verifier)
    await first.stop(withGraph: false)
    let receipts = try await Receipts(files)
    let second = try await SenderRegistryHarness(
      files: files, graph: first.graph, adminKey: first.adminKey, peers: [.receipts: receipts.address])
    let event = try await receipts.seen.next(within: .seconds(20))
    #expect(event.id?.text.hasSuffix("7") == true)
    try await eventually("the outbox is empty") {
      try await second.service.database.read {
        try $0.first("SELECT count(*) FROM receipts_outbox") { try $0.int(0) }
      } == 0
    }
    await second.stop()
    await receipts.stop()
  }
}
