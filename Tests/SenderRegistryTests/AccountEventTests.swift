import Contracts
import JSON
import Outbound
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire
import Workers

@testable import SenderRegistry

@Suite struct AccountEventTests {
  @Test func `events are listed newest first, filtered, in pages, and of one account only`() async throws {
    try await SenderRegistryHarness.run(settings: ["REFRESH_PAUSE": "0s"]) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.status = "BANNED" }
      try await harness.refresh(sender.id)
      let all = try await harness.call(SenderRegistryAPI.ListEvents()).data
      #expect(all.map(\.after) == ["suspended", "online", "connecting"])
      #expect(all.first?.severity == .critical && all.first?.senderID == sender.id)
      #expect(try await harness.call(SenderRegistryAPI.ListEvents(severity: .warning)).data.count == 1)
      #expect(try await harness.call(SenderRegistryAPI.ListEvents(kind: "none")).data.isEmpty)
      #expect(try await harness.call(SenderRegistryAPI.ListEvents(senderID: sender.id)).data.count == 3)
      let page = try await harness.call(SenderRegistryAPI.ListEvents(limit: 2))
      let rest = try await harness.call(SenderRegistryAPI.ListEvents(limit: 2, cursor: page.nextCursor))
      #expect(page.data + rest.data == all && rest.nextCursor == nil)
      let (other, _) = try await harness.makeAccount("other")
      #expect(try await harness.call(SenderRegistryAPI.ListEvents(), account: other).data.isEmpty)
      #expect(try await harness.call(SenderRegistryAPI.ReadEvents(), account: other).data.isEmpty)
      let history = try await harness.request("GET", "/v1/senders/\(sender.id)/history?limit=1")
      #expect(history.json["data"]?[0]?["to"] == "suspended" && history.json["next_cursor"]?.string != nil)
      for path in [
        "account-events?cursor=xx", "account-events?limit=0", "account-events/feed?after=xx",
        "account-events/feed?wait_ms=20001",
      ] {
        #expect(try await harness.request("GET", "/v1/\(path)").status == 400, "\(path)")
      }
    }
  }

  @Test func `what another service tells of a sender is stored once, and of one that is gone for its account`()
    async throws
  {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let account = try await harness.account
      func record(_ event: String, _ sender: SenderID, _ account: AccountID?) async throws {
        _ = try await harness.call(
          SenderRegistryAPI.RecordAccountEvent(
            eventID: EventID(trusted: event), senderID: sender, accountID: account, kind: "verification.route_restored",
            severity: .info, message: String(repeating: "x", count: 2_000)), from: .verifier)
      }
      for _ in 0..<2 { try await record("evt_01JD0000000000000000000001", sender.id, account) }
      let first = try await harness.call(SenderRegistryAPI.ListEvents(kind: "verification.route_restored")).data
      #expect(first.map(\.senderID) == [sender.id] && first.first?.message.count == 1_000)
      let gone = SenderID(trusted: "snd_01JD0000000000000000000009")
      try await record("evt_01JD0000000000000000000002", gone, account)
      let all = try await harness.call(SenderRegistryAPI.ListEvents(kind: "verification.route_restored")).data
      #expect(all.count == 2 && all.first?.senderID == nil)
      let failure = await #expect(throws: CallFailure.self) {
        try await record("evt_01JD0000000000000000000003", gone, nil)
      }
      #expect(failure?.reason == "SENDER_NOT_FOUND")
    }
  }

  @Test func `what is about no sender is told to its account, and to nobody without one`() async throws {
    try await SenderRegistryHarness.run { harness in
      func record(_ account: AccountID?) async throws {
        _ = try await harness.call(
          SenderRegistryAPI.RecordAccountEvent(
            eventID: EventID(trusted: "evt_01JD0000000000000000000001"), senderID: nil, accountID: account,
            kind: "endpoint.paused", severity: .critical, message: "It is paused."), from: .receipts)
      }
      let account = try await harness.account
      for _ in 1...2 { try await record(account) }
      let told = try await harness.call(SenderRegistryAPI.ListEvents(kind: "endpoint.paused")).data
      #expect(told.count == 1 && told.first?.senderID == nil && told.first?.severity == .critical)
      let failure = await #expect(throws: CallFailure.self) { try await record(nil) }
      #expect(failure?.reason == "ACCOUNT_MISSING")
    }
  }

  @Test func `the feed goes on where it was left and waits for what comes next`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let first = try await harness.call(SenderRegistryAPI.ReadEvents(limit: 1))
      #expect(first.data.map(\.after) == ["connecting"])
      let second = try await harness.call(SenderRegistryAPI.ReadEvents(after: first.position))
      #expect(second.data.map(\.after) == ["online"])
      let third = try await harness.call(SenderRegistryAPI.ReadEvents(after: second.position))
      #expect(third.data.isEmpty && third.position == second.position)
      let answer = AsyncBox<SenderRegistryAPI.ReadEvents.Reply>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let account = try await harness.account
          answer.put(
            try await harness.service.router.callLocally(
              SenderRegistryAPI.ReadEvents(after: second.position, waitMs: 20_000),
              CallContext(caller: .senderRegistry, account: account.text, deadline: .after(.seconds(30)))))
        }
        _ = try await harness.call(SenderRegistryAPI.DisableSender(id: sender.id))
        let reply = try await answer.next(within: .seconds(10))
        #expect(reply.data.map(\.after) == ["offline"])
        try await group.waitForAll()
      }
    }
  }

  @Test func `an account that waits too often is told so, and the others still may`() {
    let waiters = FeedWaiters()
    let accounts = (0..<20).map { "acc_\($0)" }
    for _ in 0..<FeedWaiters.perAccount { #expect(waiters.enter(accounts[0])) }
    #expect(!waiters.enter(accounts[0]))
    waiters.leave(accounts[0])
    #expect(waiters.enter(accounts[0]))
    for account in accounts.dropFirst() { for _ in 0..<FeedWaiters.perAccount { _ = waiters.enter(account) } }
    waiters.leave(accounts[0])
    #expect(waiters.enter("acc_new"))
    #expect(!waiters.enter("acc_newer"))
  }

  @Test func `old events are forgotten, and the place of the newest is never given to another`() async throws {
    try await SenderRegistryHarness.run { harness in
      let account = try await harness.account
      try await harness.database.write { connection in
        for index in 0..<5 { try connection.addEvent("old", account: account, "old", now: Int64(index)) }
        #expect(try connection.prune(before: 1_000, limit: 2) == 2)
        #expect(try connection.prune(before: 1_000, limit: 100) == 2)
        #expect(try connection.prune(before: 1_000, limit: 100) == 0)
        try connection.addEvent("new", account: account, "new", now: 2_000)
      }
      #expect(try await harness.text("SELECT sequence FROM account_events ORDER BY sequence") == ["5", "6"])
    }
  }

  @Test func `tiers tell the way to the next one`() async throws {
    try await SenderRegistryHarness.run { harness in
      let answer = try await harness.request("GET", "/v1/messaging-tiers")
      #expect(answer.status == 200 && answer.json["data"]?.array?.count == 8)
      #expect(answer.json["data"]?[2]?["next_tier"]?["tier"] == "TIER_2K")
    }
  }
}
