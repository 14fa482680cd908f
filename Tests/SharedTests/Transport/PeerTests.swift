import JSON
import Synchronization
import Telemetry
import Testing
import TestSupport
import Transport
import Wire

/// The calling end against services that misbehave.
@Suite(.timeLimit(.minutes(1))) struct PeerTests {
  static func answer(_ envelope: Envelope, _ connection: TCPConnection) {
    guard case .request(let request) = envelope else { return }
    connection.write(reply(to: request))
  }

  static func reply(to request: RequestEnvelope) -> [UInt8] {
    var writer = Frame.beginResponse(id: request.id)
    writer.raw(request.params)
    return Frame.finish(writer)
  }

  static func fail(_ request: RequestEnvelope, _ failure: CallFailure, _ connection: TCPConnection) {
    connection.write(Frame.failure(id: request.id, failure))
  }

  static func failure(of peer: Peer, timeout: Duration? = nil) async throws -> CallFailure {
    try await RPCCallTests.failure {
      _ = try await peer.call(TestAPI.Fail(failure: .internal()), timeout: timeout ?? .seconds(50))
    }
  }

  static let kinds: [(String, [UInt8])] = [
    (
      "response",
      Frame.finish(
        {
          var writer = Frame.beginResponse(id: 1); writer.string("long enough"); return writer
        }())
    ),
    ("error", Frame.failure(id: 1, .notFound("X", "x"))), ("ping", Frame.ping(id: 1)), ("pong", Frame.pong(id: 1)),
    ("goaway", Frame.goaway(Goaway(reason: "DRAINING", message: "bye"))),
  ]

  @Test(arguments: kinds.map(\.0))
  func `a service killed in the middle of a frame fails every waiting call with the true reason`(kind: String)
    async throws
  {
    let frame = try #require(Self.kinds.first { $0.0 == kind }).1
    let count = Atomic(0)
    try await FakeService.run { envelope, connection in
      guard case .request = envelope, count.add(1, ordering: .relaxed).newValue == 5 else { return }
      connection.write(Array(frame.prefix(frame.count / 2)))
      connection.closeAfterFlush("killed", limit: .milliseconds(10))
    } _: { fake in
      try await withThrowingTaskGroup(of: CallFailure.self) { group in
        for _ in 0..<5 { group.addTask { try await Self.failure(of: fake.peer) } }
        for try await failure in group {
          #expect(failure.code == .unavailable)
          #expect(failure.reason == "CONNECTION_LOST")
          #expect(failure.message.contains("the other side closed the connection"), "\(failure)")
          #expect(failure.started == nil)
        }
      }
    }
  }

  @Test func `params that no frame can carry are refused here, and the connection lives on`() async throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array(("{\"a\":" + String(repeating: "[", count: depth - 1)).utf8)
        + Array((String(repeating: "]", count: depth - 1) + "}").utf8)
    }
    try await FakeService.run {
      Self.answer($0, $1)
    } _: { fake in
      func ask(_ params: [UInt8]) async -> Result<[UInt8], CallFailure> {
        await fake.peer.callRaw(method: "echo", params: params, isIdempotent: false, timeout: .seconds(20))
      }
      let deepest = try await ask(nested(63)).get()
      #expect(deepest == nested(63))
      for params in [nested(64), Array("{".utf8), []] {
        guard case .failure(let failure) = await ask(params) else {
          Issue.record("it was sent")
          continue
        }
        #expect(failure.code == .invalidArgument && failure.started == false)
        #expect(failure.reason == "PARAMS_UNSPEAKABLE")
      }
      let flat = try await ask(nested(2)).get()
      #expect(flat == nested(2))
      let handshakes = try await fake.arrivals.next()
      #expect(handshakes == 1 && fake.arrivals.count == 0)
    }
  }

  @Test func `a goodbye with a reason is what waiting calls hear`() async throws {
    try await FakeService.run { envelope, connection in
      guard case .request = envelope else { return }
      connection.write(Frame.goaway(Goaway(reason: "POWER_CUT", message: "the lights went out")))
      connection.closeAfterFlush("gone")
    } _: { fake in
      let failure = try await Self.failure(of: fake.peer)
      #expect(failure.message.contains("POWER_CUT: the lights went out"))
    }
  }

  @Test(arguments: [
    #"{"kind":"response","id":99,"result":{}}"#, #"{"kind":"request","id":1,"method":"a","timeout_ms":1,"params":{}}"#,
    #"{"kind":"odd"}"#, "{", #"{"kind":"response","id":1}"#,
  ])
  func `a service that breaks the protocol loses the connection`(body: String) async throws {
    try await FakeService.run { envelope, connection in
      guard case .request = envelope else { return }
      connection.write(FrameSplitterTests.frame(Array(body.utf8)))
    } _: { fake in
      let failure = try await Self.failure(of: fake.peer)
      #expect(failure.reason == "CONNECTION_LOST")
      #expect(failure.message.contains("protocol error"), "\(failure)")
    }
  }

  @Test func `the answer to a timed-out call is dropped and the connection lives on`() async throws {
    let late = AsyncBox<Int64>()
    try await FakeService.run { envelope, connection in
      switch envelope {
      case .request(let request) where request.method == "test.fail": late.put(request.id)
      case .cancel(let id):
        // Answered as it must be, though nobody waits.
        connection.write(Frame.failure(id: id, .cancelled("as you wish")))
      default: Self.answer(envelope, connection)
      }
    } _: { fake in
      _ = try await fake.peer.call(TestAPI.Echo(text: "connected"), timeout: .seconds(50))
      let failure = try await Self.failure(of: fake.peer, timeout: .milliseconds(50))
      #expect(failure.code == .deadlineExceeded)
      #expect(failure.started == nil)
      #expect(try await late.next() == 2)
      #expect(try await fake.peer.call(TestAPI.Echo(text: "on")).text == "on")
      #expect(fake.arrivals.count == 1)
    }
  }

  @Test func `an idempotent call is tried again on a new connection, another is not`() async throws {
    let killed = Atomic(0)
    try await FakeService.run { envelope, connection in
      guard case .request(let request) = envelope else { return }
      if killed.add(1, ordering: .relaxed).newValue <= 2 {
        connection.close(.closedHere("killed"))
      } else {
        connection.write(Self.reply(to: request))
      }
    } _: { fake in
      let reply = try await fake.peer.call(TestAPI.Echo(text: "third time lucky"), timeout: .seconds(50))
      #expect(reply.text == "third time lucky")
      #expect(killed.load(ordering: .relaxed) == 3)
      #expect(fake.arrivals.count == 3)
    }
    let calls = Atomic(0)
    try await FakeService.run { envelope, connection in
      calls.add(1, ordering: .relaxed)
      connection.close(.closedHere("killed"))
    } _: { fake in
      let failure = try await Self.failure(of: fake.peer)
      #expect(failure.reason == "CONNECTION_LOST")
      #expect(calls.load(ordering: .relaxed) == 1)
    }
  }

  @Test func `a call with a key, or one that was not begun, is tried at most three times`() async throws {
    let calls = Atomic(0)
    let started = Atomic(true)
    try await FakeService.run { envelope, connection in
      guard case .request(let request) = envelope else { return }
      calls.add(1, ordering: .relaxed)
      let unstarted = started.load(ordering: .relaxed) ? nil : false
      Self.fail(request, .unavailable("BUSY", "busy", started: unstarted), connection)
    } _: { fake in
      _ = try await RPCCallTests.failure {
        _ = try await fake.peer.call(TestAPI.Fail(failure: .internal()), key: "k1", timeout: .seconds(50))
      }
      #expect(calls.exchange(0, ordering: .relaxed) == 3)
      #expect(try await Self.failure(of: fake.peer).reason == "BUSY")
      #expect(calls.exchange(0, ordering: .relaxed) == 1)
      started.store(false, ordering: .relaxed)
      #expect(try await Self.failure(of: fake.peer).relayed == true)
      #expect(calls.exchange(0, ordering: .relaxed) == 3)
    }
  }

  @Test func `a call waits for a service that is not there yet`() async throws {
    try await FakeService.run(refusing: 2, Self.answer) { fake in
      let reply = try await fake.peer.call(TestAPI.Echo(text: "at last"))
      #expect(reply.text == "at last")
    }
  }

  @Test func `a call to nobody fails unstarted with what the network said`() async throws {
    let loop = try EventLoop(name: "caller")
    let (_, keys) = try FreshKeys.pair(.receipts, .senderRegistry)
    var limits = LoopbackService.limits
    limits.connectWait = .milliseconds(150)
    let closed = try await LoopbackService { _ in }
    await closed.stop()
    let log = CollectedLines()
    let peer = Peer(
      loop: loop, service: .senderRegistry, peer: .receipts, host: "127.0.0.1", port: Int(closed.server.address.port),
      keys: keys, limits: limits, log: Log(service: "t", sink: .collecting(into: log)), metrics: Metrics())
    let failure = try await RPCCallTests.failure { _ = try await peer.call(TestAPI.Echo(text: "")) }
    #expect(failure.code == .unavailable)
    #expect(failure.reason == "NOT_CONNECTED")
    #expect(failure.started == false)
    #expect(failure.message.contains("Connection refused"))
    #expect(!peer.isConnected)
    // One line for the outage, not one an attempt.
    #expect(log.ofEvent("rpc.connect_failed").count == 1)
    await peer.close()
    let after = try await RPCCallTests.failure { _ = try await peer.call(TestAPI.Echo(text: "")) }
    #expect(after.reason == "PEER_CLOSED")
    loop.stop()
  }

  @Test func `calls that wait for a connection are bounded`() async throws {
    let loop = try EventLoop(name: "caller")
    let (_, keys) = try FreshKeys.pair(.receipts, .senderRegistry)
    var limits = LoopbackService.limits
    limits.waitingForConnection = 3
    limits.connectWait = .milliseconds(200)
    let closed = try await LoopbackService { _ in }
    await closed.stop()
    let peer = Peer(
      loop: loop, service: .senderRegistry, peer: .receipts, host: "127.0.0.1", port: Int(closed.server.address.port),
      keys: keys, limits: limits, log: .silent, metrics: Metrics())
    let messages = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<5 { group.addTask { try await Self.failure(of: peer).message } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(messages.filter { $0.contains("3 calls wait") }.count == 2)
    await peer.close()
    loop.stop()
  }

  @Test func `a lost connection comes back by itself and says so`() async throws {
    let connected = AsyncBox<Int>()
    try await FakeService.run { envelope, connection in
      guard case .request = envelope else { return }
      connection.close(.closedHere("killed"))
    } _: { fake in
      fake.peer.onConnect { connected.put(1) }
      fake.peer.keepConnected()
      try await _ = connected.next()
      _ = try await Self.failure(of: fake.peer)
      // Nobody calls now, and yet it connects again.
      try await _ = connected.next()
      try await eventually("connected") { fake.peer.isConnected }
    }
  }

  @Test func `after a goodbye new calls go to a new connection and old ones finish on the old`() async throws {
    let held = AsyncBox<Int64>()
    let release = Mutex<(@Sendable () -> Void)?>(nil)
    try await FakeService.run { envelope, connection in
      guard case .request(let request) = envelope else { return }
      if request.method == "test.wait" {
        release.withLock { $0 = { connection.loop.execute { connection.write(Self.reply(to: request)) } } }
        connection.write(Frame.goaway(Goaway(reason: "DRAINING", message: "bye", withinMilliseconds: 9_000)))
        held.put(request.id)
      } else {
        connection.write(Self.reply(to: request))
      }
    } _: { fake in
      async let old = fake.peer.call(TestAPI.Wait(name: "old"))
      _ = try await held.next()
      // The goodbye is on its way when `held` is told: calls may still go to the old connection until it has arrived.
      try await eventually("a new call goes to a new connection") {
        let answer = try await fake.peer.call(TestAPI.Echo(text: "new"))
        return answer.text == "new" && fake.arrivals.count == 2
      }
      release.withLock { $0 }?()
      _ = try await old
    }
  }

  @Test func `pings a silent service and lets it go after two`() async throws {
    var limits = LoopbackService.limits
    limits.idlePing = .milliseconds(40)
    let pings = AsyncBox<Int64>()
    try await FakeService.run(limits: limits) { envelope, _ in
      if case .ping(let id) = envelope { pings.put(id) }
    } _: { fake in
      let failure = try await Self.failure(of: fake.peer, timeout: .seconds(20))
      #expect(failure.message.contains("no answer to two pings"))
      #expect(try await pings.next() == 1)
      #expect(try await pings.next() == 2)
    }
  }

  @Test func `several connections share the calls`() async throws {
    var limits = LoopbackService.limits
    limits.connectionsPerPeer = 3
    let gate = Latch()
    try await LoopbackService.run(
      limits: limits,
      register: { router in
        router.on { (_: TestAPI.Wait, _) in
          try await gate.wait()
          return Done()
        }
      }
    ) { service in
      service.peer.keepConnected()
      try await eventually("three connections") { await service.server.openConnections() == 3 }
      async let first = service.peer.call(TestAPI.Wait(name: "1"))
      async let second = service.peer.call(TestAPI.Wait(name: "2"))
      gate.open()
      _ = try await (first, second)
    }
  }

  @Test func `a reply that is not what was agreed is named`() async throws {
    try await FakeService.run { envelope, connection in
      guard case .request(let request) = envelope else { return }
      var writer = Frame.beginResponse(id: request.id)
      writer.string("not an echo")
      connection.write(Frame.finish(writer))
    } _: { fake in
      let failure = try await RPCCallTests.failure { _ = try await fake.peer.call(TestAPI.Echo(text: "")) }
      #expect(failure.reason == "REPLY_UNREADABLE")
    }
  }

  @Test func `a service that lacks our key is not called`() async throws {
    let service = try await LoopbackService { router in router.on { (call: TestAPI.Echo, _) in call } }
    let (_, strange) = try FreshKeys.pair(.receipts, .senderRegistry)
    var limits = LoopbackService.limits
    limits.connectWait = .milliseconds(200)
    let peer = Peer(
      loop: service.callerLoop, service: .senderRegistry, peer: .receipts, host: "127.0.0.1",
      port: Int(service.server.address.port), keys: strange, limits: limits, log: .silent, metrics: Metrics())
    let failure = try await RPCCallTests.failure { _ = try await peer.call(TestAPI.Echo(text: "")) }
    #expect(failure.reason == "NOT_CONNECTED")
    #expect(failure.message.contains("AUTHENTICATION_FAILED"))
    await peer.close()
    await service.stop()
  }
}
