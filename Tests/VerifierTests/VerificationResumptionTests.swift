import Contracts
import Crypto
import Daemon
import JSON
import Store
import Telemetry
import TestSupport
import VerifierHarness
import Testing
import Wire

@testable import Verifier

/// What is true after a stop in between, and how the registry hears of it.
@Suite struct VerificationResumptionTests {
  @Test func `a stop between the request and its answer leaves a code that may have been sent`() async throws {
    let first = try await VerifierHarness()
    let latch = Latch()
    first.graph.order("POST /1065/request_code", .held(latch))
    let asking = Task { try? await first.start() }
    try await eventually("Meta to be asked") { first.graph.count("POST /1065/request_code") == 1 }
    // The process ends here: what a handler would still write is lost with it.
    let rows = try await first.database.read { try $0.dueVerifications(now: .max, limit: 2) }
    #expect(rows.map(\.state) == [.requested])
    await first.host.stop(within: .milliseconds(50))
    latch.open()
    _ = await asking.value
    let second = try await VerifierHarness(after: first)
    let id = try #require(rows.first?.id)
    let open = try await second.after(.zero, id, reaches: .codeRequested)
    #expect(open.reason?.code == "CODE_MAYBE_SENT")
    #expect(second.graph.count("POST /1065/request_code") == 1)
    await second.stop()
  }

  @Test(arguments: [true, false])
  func `a stop between the code and its answer is settled by reading`(hasArrived: Bool) async throws {
    let first = try await VerifierHarness()
    let begun = try await first.start()
    // As the journal stands when the process dies between the commit and the answer.
    _ = try await first.database.write { connection in
      try connection.apply(.submitted, to: begun.id, VerificationTimes(), now: first.clock.now)
    }
    if hasArrived { first.graph.change { $0.verification = "VERIFIED" } }
    await first.stop(withOutside: false)
    let second = try await VerifierHarness(after: first)
    if hasArrived {
      _ = try await second.after(.zero, begun.id, reaches: .verified)
      #expect(try await second.registry.events.next().isVerified)
    } else {
      try await eventually("Meta to be asked") { second.graph.count("GET /1065") > 0 }
      #expect(try await second.get(begun.id).state == .submitted)
    }
    #expect(second.graph.count("POST /1065/verify_code") == 0)
    await second.stop()
  }

  @Test func `a stop between the machine's question and Meta's answer does not ask twice`() async throws {
    try await SessionScene.run { scene in
      let latch = Latch()
      scene.harness.graph.order("POST /1065/request_code", .held(latch))
      let session = try await scene.start()
      try await eventually("Meta to be asked") { scene.harness.graph.count("POST /1065/request_code") == 1 }
      await scene.harness.host.stop(within: .milliseconds(50))
      latch.open()
      let second = try await VerifierHarness(after: scene.harness, settings: SessionScene.settings(scene.carrier))
      let open = try await second.after(.seconds(60), session.id, reaches: .codeRequested)
      #expect(open.reason?.code == "CODE_MAYBE_SENT" && open.calls == 1)
      #expect(second.graph.count("POST /1065/request_code") == 1)
      await second.stop(withOutside: false)
    }
  }

  @Test func `a stop while Meta is read is no answer`() async throws {
    let first = try await VerifierHarness()
    let begun = try await first.start()
    let latch = Latch()
    first.graph.order("GET /1065", .held(latch))
    try await first.database.write { connection in
      try connection.execute(
        "UPDATE verifications SET state = 'submitted', reads = 5, due_at = 0 WHERE id = ?", begun.id.text)
    }
    try first.service.wakeWorkers()
    try await eventually("Meta to be asked") { first.graph.count("GET /1065") == 1 }
    await first.host.stop(within: .milliseconds(50))
    latch.open()
    first.graph.change { $0.verification = "VERIFIED" }
    let second = try await VerifierHarness(after: first)
    _ = try await second.after(.seconds(60), begun.id, reaches: .verified)
    #expect(
      try await second.database.read { try $0.steps(of: begun.id, after: 0, limit: 9) }.map(\.row.event) == [
        "code_sent", "verified",
      ])
    await second.stop()
  }

  @Test func `a call that ended while the verifier was dead is asked for at its next start`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      _ = try await scene.call("CA1")
      // The carrier told of the recording, and nobody was there.
      await scene.harness.stop(withOutside: false)
      scene.carrier.keep([1, 2, 3], as: "RE1", of: "CA1")
      let second = try await VerifierHarness(
        after: scene.harness, settings: SessionScene.settings(scene.carrier))
      try await eventually("the recording to be found") {
        try await second.database.read { try $0.recordings(of: session.id) }.map(\.recordingSID) == ["RE1"]
      }
      await second.stop(withOutside: false)
    }
  }

  @Test func `a call whose answer the dead verifier did not send is given up once it is over`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      _ = try await scene.call("CA1")
      await scene.harness.stop(withOutside: false)
      scene.carrier.setCall(true, to: SessionScene.number)
      let second = try await VerifierHarness(
        after: scene.harness, settings: SessionScene.settings(scene.carrier))
      // Until the carrier has been asked, and will be asked later.
      func looked(_ asked: Int) async throws {
        try await eventually("the carrier to be asked") {
          let now = second.clock.now
          let next = try await second.database.read { try $0.nextCallDue(after: now) }
          return scene.carrier.count("GET /Recordings") > asked && next != nil
        }
      }
      try await looked(0)
      for asked in 1...6 {
        second.clock.advance(by: .seconds(11))
        try second.service.wakeWorkers()
        try await looked(asked)
      }
      #expect(try await second.get(session.id).state == .callAnswered)
      scene.carrier.setCall(false, to: SessionScene.number)
      for (asked, pause) in [(7, 11), (8, 11), (9, 21)] {
        second.clock.advance(by: .seconds(pause))
        try second.service.wakeWorkers()
        try await looked(asked)
      }
      second.clock.advance(by: .seconds(41))
      try second.service.wakeWorkers()
      try await eventually("the session to wait for Meta's call") {
        try await second.get(session.id).state == .codeRequested
      }
      #expect(try await second.get(session.id).reason?.code == "NO_RECORDING")
      await second.stop(withOutside: false)
    }
  }

  // MARK: Outbox

  @Test func `an event is sent under one id until the registry takes it`() async throws {
    try await VerifierHarness.run { harness in
      harness.registry.refuse(.unavailable("STORE_BUSY", "later"))
      harness.registry.refuse(.internal())
      let begun = try await harness.start()
      _ = try await harness.submit("123456", to: begun.id)
      // The peer itself may try again before the outbox does: what counts is that the id stays.
      let first = try await harness.registry.events.next()
      try await eventually("the outbox to be empty") {
        harness.clock.advance(by: .seconds(20))
        try harness.service.wakeWorkers()
        return try await harness.database.read { try RegistryOutbox.queue.nextDue($0) } == nil
      }
      var others = 0
      while harness.registry.events.count > 0 {
        #expect(try await harness.registry.events.next().eventID == first.eventID)
        others += 1
      }
      #expect(others >= 2)
    }
  }

  @Test func `an event the registry can never take is put aside`() async throws {
    try await VerifierHarness.run { harness in
      harness.registry.refuse(.notFound("SENDER_NOT_FOUND", "gone"))
      let begun = try await harness.start()
      _ = try await harness.submit("123456", to: begun.id)
      try await eventually("the event to be buried") {
        try await harness.database.read { try RegistryOutbox.queue.buried($0, limit: 2) }.count == 1
      }
      #expect(harness.log.ofEvent("outbox.buried").count == 1)
    }
  }
}
