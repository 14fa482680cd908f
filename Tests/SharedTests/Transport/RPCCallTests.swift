import Foundation
import JSON
import Synchronization
import Telemetry
import Testing
import TestSupport
import Transport
import Wire

@Suite(.timeLimit(.minutes(1))) struct RPCCallTests {
  static func who(_ call: TestAPI.Who, _ context: CallContext) async throws -> TestAPI.Who.Reply {
    TestAPI.Who.Reply(
      caller: context.caller, account: context.account, actor: context.actor, key: context.key,
      traceID: TraceContext.current?.traceID, remainingMilliseconds: Int(context.remaining.milliseconds))
  }

  static func failure(_ body: () async throws -> Void) async throws -> CallFailure {
    do {
      try await body()
    } catch let failure as CallFailure {
      return failure
    }
    throw CallFailure.internal("it did not fail")
  }

  @Test func `a typed call reaches its handler and brings the typed reply`() async throws {
    try await LoopbackService.run(register: { $0.on { (call: TestAPI.Echo, _) in call } }) { service in
      let reply = try await service.peer.call(TestAPI.Echo(text: "grüße \u{1F600}", number: 7))
      #expect(reply == TestAPI.Echo(text: "grüße \u{1F600}", number: 7))
      #expect(service.peer.isConnected)
    }
  }

  @Test func `the handler knows the proven caller and what the front door vouches for`() async throws {
    try await LoopbackService.run(register: { $0.on(Self.who) }) { service in
      let trace = TraceContext.make()
      let reply = try await service.peer.call(
        TestAPI.Who(), account: "acc_1", actor: "key_1", key: "k1", timeout: .seconds(2), trace: trace)
      #expect(reply.caller == .senderRegistry)
      #expect(reply.account == "acc_1")
      #expect(reply.actor == "key_1")
      #expect(reply.key == "k1")
      #expect(reply.traceID == trace.traceID)
      #expect((1_000...2_000).contains(reply.remainingMilliseconds))
    }
  }

  @Test func `only the front door may speak for an account`() async throws {
    try await LoopbackService.run(caller: .verifier, register: { $0.on(Self.who) }) { service in
      #expect(try await service.peer.call(TestAPI.Who()).account == nil)
      for (account, actor) in [("acc_1", nil), (nil, "key_1")] as [(String?, String?)] {
        let failure = try await Self.failure {
          _ = try await service.peer.call(TestAPI.Who(), account: account, actor: actor)
        }
        #expect(failure.reason == "ACTOR_NOT_ALLOWED")
        #expect(failure.code == .permissionDenied)
      }
    }
  }

  @Test func `a caller that is not on a method's list is refused`() async throws {
    try await LoopbackService.run(caller: .verifier, register: { $0.on { (call: TestAPI.Echo, _) in call } }) {
      service in
      let failure = try await Self.failure { _ = try await service.peer.call(TestAPI.Echo(text: "")) }
      #expect(failure.reason == "CALLER_NOT_ALLOWED")
      #expect(failure.started == false)
    }
  }

  @Test func `a method nobody answers is unimplemented`() async throws {
    try await LoopbackService.run(register: { _ in }) { service in
      let failure = try await Self.failure { _ = try await service.peer.call(TestAPI.Echo(text: "")) }
      #expect(failure.code == .unimplemented)
      #expect(failure.message.contains("test.echo"))
    }
  }

  @Test func `a failure arrives as it was thrown, marked as passed on`() async throws {
    try await LoopbackService.run(register: { $0.on { (call: TestAPI.Fail, _) in throw call.failure } }) { service in
      var thrown = CallFailure.failedPrecondition("SENDER_OFFLINE", "offline", details: ["sender_id": "snd_1"])
      let failure = try await Self.failure { _ = try await service.peer.call(TestAPI.Fail(failure: thrown)) }
      thrown.started = true
      thrown.relayed = true
      #expect(failure == thrown)
    }
  }

  @Test func `an inner error is internal outside and a log line inside`() async throws {
    struct Odd: Error {}
    try await LoopbackService.run(register: { $0.on { (_: TestAPI.Echo, _) in throw Odd() } }) { service in
      let failure = try await Self.failure { _ = try await service.peer.call(TestAPI.Echo(text: "")) }
      #expect(failure.code == .internal)
      #expect(!failure.message.contains("Odd"))
      let lines = service.serverLog.ofEvent("rpc.handler_failed")
      #expect(lines.count == 1)
      #expect(lines.first?.contains("Odd") == true)
    }
  }

  @Test func `an early answer overtakes a late one`() async throws {
    let gate = Latch()
    let begun = Latch()
    try await LoopbackService.run(register: { router in
      router.on { (call: TestAPI.Echo, _) in call }
      router.on { (_: TestAPI.Wait, _) in
        begun.open()
        try await gate.wait()
        return Done()
      }
    }) { service in
      async let slow = service.peer.call(TestAPI.Wait(name: "slow"))
      try await begun.wait()
      #expect(try await service.peer.call(TestAPI.Echo(text: "fast")).text == "fast")
      gate.open()
      #expect(try await slow == Done())
    }
  }

  @Test func `a handler past its deadline is called off, the caller is told, and it is counted`() async throws {
    let ended = AsyncBox<Bool>()
    let never = Latch()
    try await LoopbackService.run(register: { router in
      router.on { (_: TestAPI.Wait, _) in
        defer { ended.put(Task.isCancelled) }
        try await never.wait(within: .seconds(60))
        return Done()
      }
    }) { service in
      let failure = try await Self.failure {
        _ = try await service.peer.call(TestAPI.Wait(name: "x"), timeout: .milliseconds(50))
      }
      #expect(failure.code == .deadlineExceeded)
      #expect(try await ended.next())
      try await eventually("the count") {
        service.serverMetrics.render().contains(
          #"wss_rpc_server_calls_total{code="deadline_exceeded",method="test.wait"} 1"#)
          || service.serverMetrics.render().contains(
            #"wss_rpc_server_calls_total{method="test.wait",code="deadline_exceeded"} 1"#)
      }
    }
  }

  @Test func `the time left shrinks from hop to hop`() async throws {
    try await LoopbackService.run(.messagingRouter, register: { $0.on(Self.who) }) { last in
      try await LoopbackService.run(register: { router in
        router.on { (_: TestAPI.Wait, context) in
          let reply = try await last.peer.call(TestAPI.Who(), timeout: context.remaining)
          #expect(reply.remainingMilliseconds <= Int(context.remaining.milliseconds) + 1_000)
          #expect(reply.remainingMilliseconds < 3_000)
          return Done()
        }
      }) { first in
        _ = try await first.peer.call(TestAPI.Wait(name: "x"), timeout: .seconds(3))
      }
    }
  }

  @Test func `a cancelled caller is told at once and its handler is called off`() async throws {
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
      router.on { (call: TestAPI.Echo, _) in call }
    }) { service in
      let task = Task { try await service.peer.call(TestAPI.Wait(name: "x")) }
      try await begun.wait()
      task.cancel()
      let failure = try await Self.failure { _ = try await task.value }
      #expect(failure.code == .cancelled)
      #expect(try await ended.next())
      // The late answer is dropped and the connection lives on.
      #expect(try await service.peer.call(TestAPI.Echo(text: "on")).text == "on")
    }
  }

  @Test func `a call of a task that is cancelled already is not made`() async throws {
    let calls = Atomic(0)
    try await LoopbackService.run(register: { router in
      router.on { (call: TestAPI.Echo, _) in
        calls.add(1, ordering: .relaxed)
        return call
      }
    }) { service in
      _ = try await service.peer.call(TestAPI.Echo(text: "warm"))
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await service.peer.call(TestAPI.Echo(text: "cold"))
      }
      let failure = try await Self.failure { _ = try await task.value }
      #expect(failure.code == .cancelled)
      #expect(failure.started == false)
      #expect(calls.load(ordering: .relaxed) == 1)
    }
  }

  @Test func `10,000 calls in flight are all answered`() async throws {
    let gate = Latch()
    let waiting = Atomic(0)
    let full = Latch()
    var limits = LoopbackService.limits
    limits.inFlightPerConnection = 10_000
    limits.waitingForConnection = 10_000
    try await LoopbackService.run(
      limits: limits,
      register: { router in
        router.on { (_: TestAPI.Wait, _) in
          if waiting.add(1, ordering: .relaxed).newValue == 10_000 { full.open() }
          try await gate.wait(within: .seconds(40))
          return Done()
        }
      }
    ) { service in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<10_000 {
          group.addTask { _ = try await service.peer.call(TestAPI.Wait(name: "\(number)"), timeout: .seconds(50)) }
        }
        try await full.wait(within: .seconds(40))
        gate.open()
        try await group.waitForAll()
      }
      #expect(waiting.load(ordering: .relaxed) == 10_000)
    }
  }

  @Test func `a call beyond the cap is refused at once and had not begun`() async throws {
    let gate = Latch()
    let begun = AsyncBox<Void>()
    var limits = LoopbackService.limits
    limits.inFlightPerConnection = 2
    try await LoopbackService.run(
      limits: limits,
      register: { router in
        router.on { (_: TestAPI.Wait, _) in
          begun.put(())
          try await gate.wait()
          return Done()
        }
        router.on { (call: TestAPI.Fail, _) in throw call.failure }
      }
    ) { service in
      async let first = service.peer.call(TestAPI.Wait(name: "1"))
      async let second = service.peer.call(TestAPI.Wait(name: "2"))
      try await begun.next()
      try await begun.next()
      let failure = try await Self.failure {
        _ = try await service.peer.call(TestAPI.Fail(failure: .internal()), timeout: .seconds(1))
      }
      #expect(failure.reason == "IN_FLIGHT_LIMIT")
      #expect(failure.started == false)
      gate.open()
      _ = try await (first, second)
    }
  }

  @Test func `a request or reply too long for the other side fails alone`() async throws {
    var serverLimits = LoopbackService.limits
    serverLimits.frameBytes = 8_192
    var callerLimits = LoopbackService.limits
    callerLimits.frameBytes = 4_096
    try await LoopbackService.run(
      limits: serverLimits, callerLimits: callerLimits, register: { $0.on { (call: TestAPI.Echo, _) in call } }
    ) { service in
      let long = try await Self.failure {
        _ = try await service.peer.call(TestAPI.Echo(text: String(repeating: "a", count: 9_000)))
      }
      #expect(long.reason == "REQUEST_TOO_LARGE")
      let reply = try await Self.failure {
        _ = try await service.peer.call(TestAPI.Echo(text: String(repeating: "a", count: 5_000)))
      }
      #expect(reply.reason == "REPLY_TOO_LARGE")
      #expect(try await service.peer.call(TestAPI.Echo(text: "short")).text == "short")
    }
  }

  @Test func `every service answers for its health and describes itself`() async throws {
    try await LoopbackService.run(caller: .verifier, register: { $0.on { (call: TestAPI.Echo, _) in call } }) {
      service in
      #expect(try await service.peer.call(HealthCheck()).service == .receipts)
      let described = try await service.peer.call(Describe())
      #expect(described.methods.map(\.name) == ["health.check", "test.echo"])
      #expect(described.methods.last?.params["properties"]?["text"]?["type"] == "string")
    }
  }

  @Test func `frames are mirrored to a file without what they keep secret`() async throws {
    let directory = try TemporaryDirectory()
    let mirror = try FrameMirror(path: directory.file("frames"))
    try await LoopbackService.run(mirror: mirror, register: { $0.on { (call: TestAPI.Echo, _) in call } }) { service in
      _ = try await service.peer.call(TestAPI.Echo(text: "private words", number: 42))
    }
    let lines = try String(contentsOfFile: directory.file("frames"), encoding: .utf8).split(separator: "\n")
    #expect(lines.contains { $0.contains(" < ") && $0.contains(#""method":"test.echo""#) && $0.contains("42") })
    #expect(lines.contains { $0.contains(" > ") && $0.contains(#""kind":"response""#) })
    #expect(!lines.joined().contains("private words"))
  }
}
