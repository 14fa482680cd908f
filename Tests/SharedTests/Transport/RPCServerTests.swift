import Telemetry
import JSON
import Synchronization
import Testing
import TestSupport
import Transport
import Wire

/// The server against raw bytes that nobody should send.
@Suite(.timeLimit(.minutes(1))) struct RPCServerTests {
  static func echo(_ router: inout Router) { router.on { (call: TestAPI.Echo, _) in call } }

  static let short: RPCLimits = {
    var limits = LoopbackService.limits
    limits.handshakeTime = .milliseconds(200)
    return limits
  }()

  @Test func `answers a caller made of raw bytes, one byte at a time`() async throws {
    try await LoopbackService.run(register: Self.echo) { service in
      let caller = try await RawCaller(service)
      let body = #"{"kind":"request","id":1,"method":"test.echo","timeout_ms":900,"params":{"text":"a","number":1}}"#
      for byte in FrameSplitterTests.frame(Array(body.utf8)) { try caller.socket.send([byte]) }
      let answer = try await caller.receive()
      #expect(answer["kind"] == "response")
      #expect(answer["id"] == 1)
      #expect(answer["result"]?["text"] == "a")
    }
  }

  @Test(arguments: [
    (#"{"kind":"surprise"}"#, "FRAME_UNKNOWN_KIND"), ("[]", "FRAME_MALFORMED"),
    (#"{"kind":"ping","id":1,"id":2}"#, "FRAME_MALFORMED"), (#"{"kind":"ping","id":0}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"response","id":1,"result":{}}"#, "FRAME_UNEXPECTED"),
    (#"{"kind":"proof","mac":"\#(EnvelopeTests.nonce)"}"#, "FRAME_UNEXPECTED"),
    (#"{"kind":"cancel","id":7}"#, "FRAME_UNEXPECTED"),
  ])
  func `a frame that has no place ends the connection with its reason`(body: String, reason: String) async throws {
    try await LoopbackService.run(register: Self.echo) { service in
      let caller = try await RawCaller(service)
      try caller.send(body)
      #expect(try await caller.goodbye() == reason)
    }
  }

  @Test func `a request id that does not count up ends the connection`() async throws {
    try await LoopbackService.run(register: Self.echo) { service in
      let caller = try await RawCaller(service)
      try caller.request(5, "test.echo", #"{"text":"a","number":1}"#)
      #expect(try await caller.receive()["id"] == 5)
      try caller.request(5, "test.echo", #"{"text":"a","number":1}"#)
      #expect(try await caller.goodbye() == "FRAME_UNEXPECTED")
    }
  }

  @Test(
    arguments: [
      ([0, 0, 0, 0], "FRAME_EMPTY"), ([0x80, 0, 0, 0], "FRAME_TOO_LONG"), ([0xFF, 0xFF, 0xFF, 0xFF], "FRAME_TOO_LONG"),
      ([0, 0, 0x10, 1], "FRAME_TOO_LONG"),
    ] as [([UInt8], String)])
  func `a wrong length is refused before and after the handshake`(header: [UInt8], reason: String) async throws {
    try await LoopbackService.run(register: Self.echo) { service in
      let stranger = try RawCaller(port: service.server.address.port)
      try stranger.socket.send(header)
      #expect(try await stranger.goodbye() == reason)
      if header != [0, 0, 0x10, 1] {
        let caller = try await RawCaller(service)
        try caller.socket.send(header)
        #expect(try await caller.goodbye() == reason)
      }
    }
  }

  @Test func `a request before the proof is refused`() async throws {
    try await LoopbackService.run(register: Self.echo) { service in
      let stranger = try RawCaller(port: service.server.address.port)
      try stranger.request(1, "health.check")
      #expect(try await stranger.goodbye() == "FRAME_UNEXPECTED")
      #expect(service.serverLog.ofEvent("rpc.handshake_failed").count == 1)
    }
  }

  @Test func `a caller with a wrong key is turned away and logged without the key`() async throws {
    try await LoopbackService.run(register: Self.echo) { service in
      let (_, strange) = try FreshKeys.pair(.receipts, .senderRegistry)
      let caller = try RawCaller(port: service.server.address.port)
      var handshake = try HandshakeInitiator(
        service: .senderRegistry, peer: .receipts, keys: strange, frameBytes: 4_096, inFlight: 1)
      try caller.socket.send(handshake.opening)
      guard case .send(let proof) = try handshake.received(try await caller.receiveBody()) else {
        throw FrameFailure.empty
      }
      try caller.socket.send(proof)
      #expect(try await caller.goodbye() == "AUTHENTICATION_FAILED")
      #expect(service.serverLog.ofEvent("rpc.handshake_failed").first?.contains("wrong proof") == true)
    }
  }

  @Test func `a silent stranger is gone when the time for a handshake is over`() async throws {
    try await LoopbackService.run(limits: Self.short, register: Self.echo) { service in
      let stranger = try RawCaller(port: service.server.address.port)
      #expect(try await stranger.goodbye() == "HANDSHAKE_TIMEOUT")
      try await eventually("it is gone") { await service.server.openConnections() == 0 }
    }
  }

  @Test func `1,000 strangers that drip bytes keep nobody out and are all gone in time`() async throws {
    var limits = LoopbackService.limits
    limits.handshakeTime = .seconds(1)
    try await LoopbackService.run(limits: limits, callerLimits: LoopbackService.limits, register: Self.echo) {
      service in
      let port = service.server.address.port
      let strangers = try await RawCaller.blocking {
        try (0..<1_000).map { _ in
          let stranger = try RawCaller(port: port)
          try? stranger.socket.send([0])
          return stranger
        }
      }
      #expect(await service.server.openConnections() <= RPCLimits().unauthenticatedConnections + 1)
      let reply = try await service.peer.call(TestAPI.Echo(text: "in time"), timeout: .seconds(30))
      #expect(reply.text == "in time")
      // Each sends its next byte, as late as a drip would be; some are gone already.
      for stranger in strangers { try? stranger.socket.send([0]) }
      try await eventually("the strangers are gone") { await service.server.openConnections() == 1 }
      #expect(service.serverMetrics.render().contains("wss_rpc_server_unauthenticated_evicted_total 93"))
    }
  }

  @Test func `a proven connection beyond the limit is told why`() async throws {
    var limits = LoopbackService.limits
    limits.connections = 1
    try await LoopbackService.run(limits: limits, register: Self.echo) { service in
      _ = try await service.peer.call(TestAPI.Echo(text: ""))
      await #expect { try await RawCaller(service) } throws: { error in
        error as? HandshakeFailure == .refused(reason: "TOO_MANY_CONNECTIONS", message: "1 are open already")
      }
      #expect(try await service.peer.call(TestAPI.Echo(text: "still")).text == "still")
    }
  }

  @Test func `answers pings and cuts a flood of them`() async throws {
    var limits = LoopbackService.limits
    limits.controlFramesPerSecond = 20
    try await LoopbackService.run(limits: limits, register: Self.echo) { service in
      let caller = try await RawCaller(service)
      try caller.send(#"{"kind":"ping","id":77}"#)
      #expect(try await caller.receive() == ["kind": "pong", "id": 77])
      for id in 1...50 { try caller.send(#"{"kind":"ping","id":\#(id)}"#) }
      var last = try await caller.receive()
      while last["kind"] == "pong" { last = try await caller.receive() }
      #expect(last["reason"] == "FRAME_UNEXPECTED")
    }
  }

  @Test func `a silent caller is pinged twice and then let go`() async throws {
    var limits = LoopbackService.limits
    limits.idlePing = .milliseconds(40)
    try await LoopbackService.run(limits: limits, register: Self.echo) { service in
      let caller = try await RawCaller(service)
      #expect(try await caller.receive()["kind"] == "ping")
      #expect(try await caller.receive()["kind"] == "ping")
      #expect(try await caller.goodbye() == "PING_TIMEOUT")
    }
  }

  @Test func `a caller that answers pings stays`() async throws {
    var limits = LoopbackService.limits
    limits.idlePing = .milliseconds(300)
    try await LoopbackService.run(limits: limits, register: Self.echo) { service in
      let caller = try await RawCaller(service)
      // All of it on one thread: an answer must not wait for other tests.
      try await RawCaller.blocking {
        for _ in 0..<4 {
          let ping = try JSONValue(parsing: try caller.receiveBodyBlocking())
          #expect(ping["kind"] == "ping")
          try caller.send(#"{"kind":"pong","id":\#(ping["id"]?.int64 ?? 0)}"#)
        }
      }
    }
  }

  @Test func `a caller that does not read is cut off at the bound`() async throws {
    var limits = LoopbackService.limits
    limits.outboundBytes = 200_000
    try await LoopbackService.run(limits: limits, register: Self.echo) { service in
      let caller = try await RawCaller(service, receiveBuffer: 4_096)
      let text = String(repeating: "a", count: 50_000)
      // More answers than the kernel and the bound together can hold; sending fails once it is cut.
      try await RawCaller.blocking {
        for id in 1...400 {
          guard (try? caller.request(id, "test.echo", #"{"text":"\#(text)","number":1}"#)) != nil else { break }
        }
      }
      try await eventually("the slow reader is cut") { await service.server.openConnections() == 0 }
      #expect(service.serverLog.ofEvent("rpc.connection_lost").first?.contains("did not read") == true)
    }
  }

  @Test func `a cancel is answered, and one of an answered request is ignored`() async throws {
    let begun = AsyncBox<Void>()
    let never = Latch()
    try await LoopbackService.run(register: { router in
      router.on { (_: TestAPI.Wait, _) in
        begun.put(())
        try await never.wait(within: .seconds(60))
        return Done()
      }
      Self.echo(&router)
    }) { service in
      let caller = try await RawCaller(service)
      try caller.request(1, "test.wait", #"{"name":"a"}"#)
      try await begun.next()
      try caller.send(#"{"kind":"cancel","id":1}"#)
      let answer = try await caller.receive()
      #expect(answer["id"] == 1)
      #expect(answer["error"]?["code"] == "cancelled")
      try caller.send(#"{"kind":"cancel","id":1}"#)
      try caller.request(2, "test.echo", #"{"text":"a","number":1}"#)
      #expect(try await caller.receive()["id"] == 2)
    }
  }

  @Test func `requests beyond the cap and without time are refused unstarted`() async throws {
    let gate = Latch()
    let begun = AsyncBox<Void>()
    var limits = LoopbackService.limits
    limits.inFlightPerConnection = 1
    try await LoopbackService.run(
      limits: limits,
      register: { router in
        router.on { (_: TestAPI.Wait, _) in
          begun.put(())
          try await gate.wait()
          return Done()
        }
      }
    ) { service in
      let caller = try await RawCaller(service)
      try caller.request(1, "test.wait", #"{"name":"a"}"#)
      try await begun.next()
      try caller.request(2, "test.wait", #"{"name":"b"}"#)
      let refused = try await caller.receive()
      #expect(refused["id"] == 2)
      #expect(refused["error"]?["reason"] == "IN_FLIGHT_LIMIT")
      #expect(refused["error"]?["started"] == false)
      gate.open()
      #expect(try await caller.receive()["id"] == 1)
      try caller.request(3, "test.wait", #"{"name":"c"}"#, timeout: 0)
      let late = try await caller.receive()
      #expect(late["error"]?["code"] == "deadline_exceeded")
      #expect(late["error"]?["started"] == false)
    }
  }

  @Test func `a handler that ignores its deadline is answered for and keeps its place`() async throws {
    let gate = Latch()
    let begun = AsyncBox<Void>()
    var limits = LoopbackService.limits
    limits.inFlightPerConnection = 1
    try await LoopbackService.run(
      limits: limits,
      register: { router in
        router.on { (_: TestAPI.Wait, _) in
          begun.put(())
          // Unmoved by being called off.
          await Task { try? await gate.wait() }.value
          return Done()
        }
      }
    ) { service in
      let caller = try await RawCaller(service)
      try caller.request(1, "test.wait", #"{"name":"a"}"#, timeout: 30)
      #expect(try await caller.receive()["error"]?["code"] == "deadline_exceeded")
      try caller.request(2, "test.wait", #"{"name":"b"}"#)
      #expect(try await caller.receive()["error"]?["reason"] == "IN_FLIGHT_LIMIT")
      gate.open()
      try await eventually("the late reply is counted") {
        service.serverMetrics.render().contains("wss_rpc_server_late_replies_total 1")
      }
      try caller.request(3, "test.wait", #"{"name":"c"}"#)
      #expect(try await caller.receive()["result"] == [:])
    }
  }

  @Test func `a caller that goes away has its handlers called off`() async throws {
    let begun = Latch()
    let ended = AsyncBox<Bool>()
    let never = Latch()
    try await LoopbackService.run(register: { router in
      router.on { (_: TestAPI.Wait, _) in
        begun.open()
        defer { ended.put(Task.isCancelled) }
        try await never.wait(within: .seconds(60))
        return Done()
      }
    }) { service in
      let caller = try await RawCaller(service)
      try caller.request(1, "test.wait", #"{"name":"a"}"#)
      try await begun.wait()
      caller.socket.reset()
      #expect(try await ended.next())
    }
  }
}
