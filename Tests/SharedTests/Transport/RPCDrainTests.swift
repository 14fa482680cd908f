import Telemetry
import JSON
import Testing
import TestSupport
import Transport
import Wire

@Suite(.timeLimit(.minutes(1))) struct RPCDrainTests {
  @Test func `a drain says goodbye, finishes what runs and refuses what is new`() async throws {
    let gate = Latch()
    let begun = Latch()
    let service = try await LoopbackService { router in
      router.on { (_: TestAPI.Wait, _) in
        begun.open()
        try await gate.wait()
        return Done()
      }
    }
    let caller = try await RawCaller(service)
    try caller.request(1, "test.wait", #"{"name":"a"}"#)
    try await begun.wait()
    async let drained: Void = service.server.drain(within: .seconds(20))
    let goaway = try await caller.receive()
    #expect(goaway["reason"] == "DRAINING")
    #expect(goaway["within_ms"] == 20_000)
    try caller.request(2, "test.wait", #"{"name":"b"}"#)
    let refused = try await caller.receive()
    #expect(refused["id"] == 2)
    #expect(refused["error"]?["reason"] == "DRAINING")
    #expect(refused["error"]?["started"] == false)
    gate.open()
    #expect(try await caller.receive()["id"] == 1)
    #expect(try await caller.goodbye() == "DRAINING")
    caller.socket.close()
    await drained
    #expect(throws: RawSocketFailure.self) { try RawSocket(port: service.server.address.port) }
    await service.stop()
  }

  @Test func `calls under way through a peer survive a drain`() async throws {
    let gate = Latch()
    let begun = Latch()
    let service = try await LoopbackService { router in
      router.on { (_: TestAPI.Wait, _) in
        begun.open()
        try await gate.wait()
        return Done()
      }
    }
    async let running = service.peer.call(TestAPI.Wait(name: "a"))
    try await begun.wait()
    async let drained: Void = service.server.drain(within: .seconds(20))
    try await eventually("the goodbye has arrived") { !service.peer.isConnected }
    gate.open()
    #expect(try await running == Done())
    await drained
    await service.stop()
  }

  @Test func `what does not end within the drain is cut and its caller hears why`() async throws {
    let begun = Latch()
    let never = Latch()
    let service = try await LoopbackService { router in
      router.on { (_: TestAPI.Wait, _) in
        begun.open()
        try await never.wait(within: .seconds(60))
        return Done()
      }
    }
    async let running = service.peer.call(TestAPI.Wait(name: "a"))
    try await begun.wait()
    await service.server.drain(within: .milliseconds(100))
    do {
      _ = try await running
      Issue.record("it was answered")
    } catch let failure as CallFailure {
      #expect(failure.code == .unavailable)
      #expect(failure.reason == "CONNECTION_LOST")
      #expect(failure.message.contains("DRAINING"))
    }
    await service.stop()
  }

  @Test func `a drain without connections ends at once`() async throws {
    let service = try await LoopbackService { _ in }
    let clock = ContinuousClock()
    let time = await clock.measure { await service.server.drain(within: .seconds(30)) }
    #expect(time < .seconds(10))
    await service.stop()
  }
}
