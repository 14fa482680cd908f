import Contracts
import Daemon
import HTTP
import MessagingRouterHarness
import Synchronization
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// Several people at one broadcast at the same moment, each over a connection of its own, while it is fed and sent.
@Suite struct BroadcastRaceTests {
  private static let people = 6

  /// Runs `body` for each of several connections at once, and waits for all.
  private func atOnce(
    _ scene: BroadcastScene, _ body: @escaping @Sendable (Int, Peer) async throws -> Void
  ) async throws {
    let peers = try (0..<Self.people).map { _ in try scene.harness.caller(of: scene.router) }
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, peer) in peers.enumerated() { group.addTask { try await body(number, peer) } }
        try await group.waitForAll()
      }
    } catch {
      for peer in peers { await peer.close() }
      throw error
    }
    for peer in peers { await peer.close() }
  }

  /// Pauses or resumes, as a coin falls. That it may not be done any more is an answer like any other.
  private func toss(_ scene: BroadcastScene, _ id: BroadcastID, over peer: Peer) async throws {
    do throws(CallFailure) {
      let view =
        Bool.random()
        ? try await scene.call(MessagingRouterAPI.PauseBroadcast(id: id), over: peer)
        : try await scene.call(MessagingRouterAPI.ResumeBroadcast(id: id), over: peer)
      #expect([.running, .paused].contains(view.state))
    } catch {
      #expect(error.reason == "BROADCAST_OVER")
    }
  }

  @Test func `pauses and resumes at once write to everybody once, and forget nobody`() async throws {
    try await BroadcastScene.run { scene in
      let people = 600
      let id = try await scene.started(people)
      try await atOnce(scene) { _, peer in
        for _ in 0..<15 { try await self.toss(scene, id, over: peer) }
      }
      let state = try await scene.view(id).state
      #expect([.running, .paused, .completed].contains(state))
      if state == .paused { _ = try await scene.call(MessagingRouterAPI.ResumeBroadcast(id: id)) }
      try await scene.becomes(id, .completed, within: .seconds(60))
      #expect(scene.sent.all == people && scene.sent.twice == [])
      #expect(try await scene.view(id).counts == BroadcastCounts(sent: people))
      #expect(try await scene.count("messages") == people)
      #expect(
        try await scene.router.text("SELECT count(DISTINCT message_id) FROM broadcast_recipients") == ["\(people)"])
      // A pause follows a pause only after a resume: nobody's step was done twice.
      let kinds = try await scene.events(id).filter { $0 == .paused || $0 == .resumed }
      #expect(zip(kinds, kinds.dropFirst()).allSatisfy { $0 != $1 } && kinds.first ?? .paused == .paused)
    }
  }

  @Test func `after a cancel among pauses and resumes nothing more is queued, and what was sent is counted`()
    async throws
  {
    try await BroadcastScene.run { scene in
      // As many as one step takes back.
      let people = 400
      let id = try await scene.started(people)
      let made = Mutex<[String]>([])
      try await atOnce(scene) { number, peer in
        for _ in 0..<5 { try await self.toss(scene, id, over: peer) }
        if number % 2 == 0 {
          #expect(try await scene.call(MessagingRouterAPI.CancelBroadcast(id: id), over: peer).state == .cancelled)
          let now = try await scene.router.text(
            "SELECT count(*) || ' ' || count(CASE WHEN status = 'queued' THEN 1 END) FROM messages")
          made.withLock { $0 += now }
        }
        for _ in 0..<5 { try await self.toss(scene, id, over: peer) }
      }
      #expect(try await scene.events(id).filter { $0 == .cancelled } == [.cancelled])
      let messages = try await scene.count("messages")
      // Not one was made, and none waited, from the first answer to a cancel on.
      #expect(made.withLock { Set($0) } == ["\(messages) 0"])
      try await eventually("what was on its way has ended") {
        try await scene.router.text("SELECT count(*) FROM messages WHERE status = 'sending'") == ["0"]
      }
      let view = try await scene.view(id)
      #expect(view.state == .cancelled)
      #expect(view.counts == BroadcastCounts(sent: scene.sent.all, cancelled: people - scene.sent.all))
      #expect(scene.sent.twice == [])
      let before = scene.sent.all
      try await scene.feederHasPassed()
      #expect(try await scene.count("messages") == messages + 1)
      #expect(scene.sent.all == before + 1)
    }
  }

  @Test func `several starts at once are one start`() async throws {
    try await BroadcastScene.run { scene in
      let id = try await scene.draft(50)
      let seen = Mutex<[Timestamp?]>([])
      try await atOnce(scene) { _, peer in
        do throws(CallFailure) {
          let view = try await scene.call(MessagingRouterAPI.StartBroadcast(id: id), over: peer)
          seen.withLock { $0.append(view.startedAt) }
        } catch {
          // Somebody was so late that everything was over.
          #expect(error.reason == "BROADCAST_OVER")
        }
      }
      try await scene.becomes(id, .completed)
      #expect(seen.withLock { Set($0).count } == 1)
      #expect(try await scene.events(id).filter { $0 == .started } == [.started])
      #expect(scene.sent.all == 50 && scene.sent.twice == [])
    }
  }

  @Test func `a draft that is changed while it is started is sent as the last change before the start left it`()
    async throws
  {
    for _ in 0..<3 {
      try await BroadcastScene.run { scene in
        let id = try await scene.draft(10, variables: ["1": "first"])
        let changed = Mutex<[Broadcast]>([])
        let added = Mutex<Int>(0)
        try await atOnce(scene) { number, peer in
          for step in 0..<6 {
            do throws(CallFailure) {
              switch number {
              case 0:
                if step == 3 { _ = try await scene.call(MessagingRouterAPI.StartBroadcast(id: id), over: peer) }
              case 1, 2:
                let report = try await scene.call(
                  MessagingRouterAPI.AddBroadcastRecipients(
                    id: id, recipients: [.init(to: BroadcastScene.number(1_000 * number + step))]), over: peer)
                added.withLock { $0 += report.accepted }
              default:
                let view = try await scene.call(
                  MessagingRouterAPI.UpdateBroadcast(id: id, variables: ["1": "\(number)-\(step)"]), over: peer)
                changed.withLock { $0.append(view) }
              }
            } catch {
              #expect(error.reason == "BROADCAST_NOT_DRAFT" || error.reason == "BROADCAST_CHANGED")
            }
          }
        }
        try await scene.becomes(id, .completed)
        let last = changed.withLock { $0.max { $0.version < $1.version } }
        let value = last?.variables["1"] ?? "first"
        let view = try await scene.view(id)
        #expect(view.variables == ["1": value])
        let people = 10 + added.withLock { $0 }
        #expect(view.counts == BroadcastCounts(sent: people))
        #expect(scene.sent.all == people && scene.sent.twice == [])
        #expect(try await scene.router.text("SELECT DISTINCT text FROM messages") == ["Hello \(value), come in."])
      }
    }
  }

  @Test func `it does not start while a file is being read for it`() async throws {
    try await BroadcastScene.run { scene in
      let id = try await scene.draft(1, variables: ["1": "you"])
      let link = try await scene.call(MessagingRouterAPI.CreateBroadcastUpload(id: id)).uploadURL
      let path = "/" + link.split(separator: "/").dropFirst(2).joined(separator: "/")
      let lines = ["to\n", "+4915112345678\n", "+4915112345679\n"]
      let socket = try RawSocket(port: UInt16(scene.router.host.ports.http))
      defer { socket.close() }
      try socket.send(
        """
        PUT \(path) HTTP/1.1\r
        Host: 127.0.0.1\r
        Content-Type: text/csv\r
        Content-Length: \(lines.joined().utf8.count)\r
        \r
        \(lines[0])\(lines[1])
        """)
      try await eventually("the first line was read") { try await scene.view(id).counts.pending == 2 }
      let early = await reason { _ = try await scene.call(MessagingRouterAPI.StartBroadcast(id: id)) }
      #expect(early == "failed_precondition UPLOAD_IN_PROGRESS")
      try socket.send(lines[2])
      #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      _ = try await scene.call(MessagingRouterAPI.StartBroadcast(id: id))
      try await scene.becomes(id, .completed)
      #expect(scene.sent.all == 3 && scene.sent.twice == [])
    }
  }

  @Test(arguments: [Broadcast.State.paused, .cancelled])
  func `what Meta puts off once its broadcast has stopped does not wait for another try`(_ state: Broadcast.State)
    async throws
  {
    try await BroadcastScene.run { scene in
      let (arrived, latch) = (Latch(), Latch())
      scene.meta { _ in
        arrived.open()
        try? await latch.wait(within: .seconds(20), "the stop")
        return MetaAnswers.error(130_429)
      }
      let id = try await scene.started(1)
      try await arrived.wait()
      if state == .paused {
        _ = try await scene.call(MessagingRouterAPI.PauseBroadcast(id: id))
      } else {
        _ = try await scene.call(MessagingRouterAPI.CancelBroadcast(id: id))
      }
      #expect(try await scene.view(id).counts == BroadcastCounts(queued: 1))
      latch.open()
      // Nobody wakes the feeder: it comes off the queue in the transaction that would put it there.
      try await eventually(within: .seconds(5), "it is off the queue") {
        try await scene.view(id).counts
          == (state == .paused ? BroadcastCounts(pending: 1) : BroadcastCounts(cancelled: 1))
      }
      scene.meta { _ in nil }
      scene.harness.time.advance(by: .seconds(60))
      scene.router.service.clockWasSet()
      try await scene.feederHasPassed()
      #expect(scene.sent.all == 1)
      if state == .paused {
        _ = try await scene.call(MessagingRouterAPI.ResumeBroadcast(id: id))
        try await scene.becomes(id, .completed)
        #expect(scene.sent.all == 2 && scene.sent.twice == [])
      }
    }
  }
}
