import Contracts
import HTTP
import MessagingRouterHarness
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

/// Many media of one account, and one of another.
@Suite struct MediaShareTests {
  let sender = TestSender()
  let other = TestSender(2, account: TestSender.stranger)

  @Test func `media that hang in one account take half of the places, and another's are fetched meanwhile`()
    async throws
  {
    try await MessagingRouterHarness.run(["MEDIA_CONCURRENCY": "4"], senders: [sender, other]) { harness, router in
      let latch = Latch()
      let asked = Mutex(Set<String>())
      let url = harness.graph.url
      harness.graph.answering { request in
        if request.path.hasPrefix("/cdn/") {
          return HTTPResponse(status: 200, bytes: SampleMedia.jpeg, contentType: "image/jpeg")
        }
        if request.path.contains("flood") {
          asked.withLock { _ = $0.insert(request.path) }
          try? await latch.wait(within: .seconds(20), "the end of the flood")
        }
        return HTTPResponse(
          status: 200, bytes: Array("{\"url\":\"\(url)/cdn/x/1\"}".utf8), contentType: "application/json")
      }
      // The flood is due before the other one, all of it.
      let now = harness.time.now
      try await router.database.write { [sender] connection in
        for number in 0..<40 {
          _ = try InboundMedia.note(
            message: MessageID(trusted: "msg_\(number)"), account: sender.account, sender: sender.id,
            metaMediaID: "flood\(number)", url: nil, mimeType: "image/jpeg", sha256: nil, filename: nil, kind: "image",
            at: now - 10_000, connection)
        }
      }
      router.service.clockWasSet()
      try await eventually("the flood has begun") { asked.withLock { $0.count } == 2 }
      for number in 0..<3 {
        let id = try await router.note("calm\(number)", for: other, at: now)
        _ = try await router.becomes(id, .available, account: other.account)
      }
      #expect(asked.withLock { $0.count } == 2)
      latch.open()
      try await eventually("all are fetched") {
        try await router.text("SELECT count(*) FROM media WHERE state = 'available'") == ["43"]
      }
    }
  }

  @Test func `accounts take turns, whatever each of them has waiting`() async throws {
    try await MessagingRouterHarness.run { _, router in
      let due = try await router.database.write { connection in
        for (account, count, at) in [("a", 50, Int64(10)), ("b", 3, 20), ("c", 1, 30), ("d", 9, 5_000)] {
          for number in 0..<count {
            try connection.execute(
              """
              INSERT INTO media (id, account_id, sender_id, source, kind, state, due_at, created_at)
              VALUES (?, ?, 's', 'inbound', 'image', 'waiting', ?, 1)
              """, "\(account)\(number)", account, at + Int64(number))
          }
        }
        let due = try connection.dueMedia(now: 1_000, share: 3, limit: 6).map(\.id.text)
        // Nobody fetches these.
        try connection.execute("DELETE FROM media")
        return due
      }
      #expect(due == ["a0", "b0", "c0", "a1", "b1", "a2"])
    }
  }
}
