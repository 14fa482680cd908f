import JSON
import SandboxWorld
import Store
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` of the verifier at any moment leaves no number switched and hands no code in twice.
  @Suite struct VerificationKillTests {
    @Test func `a verifier killed at random moments gives every number back and hands no code in twice`() async throws {
      let plan = KillPlan.fromEnvironment(
        (12, 12), size: "VERIFICATION_KILL_NUMBERS", kills: (10, 60), count: "VERIFICATION_KILL_COUNT")
      print("verification kill run: \(plan.kills) kills, KILL_SEED=\(plan.seed)")
      let started = ContinuousClock.now
      try await VerificationScene.run { scene in
        let run = VerificationKillRun(plan, scene)
        try await run.play()
        try await run.finish()
        let (world, total) = (scene.world, scene.world.ledger.codeTotals)
        #expect(total.submittedTwice == 0, "\(world.ledger.codes().filter { $0.times > 1 })")
        var ends: [String: Int] = [:]
        for one in run.begun {
          let view = try await scene.verification(one.id)
          let state = view["state"]?.string ?? ""
          ends[state, default: 0] += 1
          #expect(["restored", "failed"].contains(view["interception"]?["state"]?.string))
          if state == "needs_a_listener" {
            let recordings = try await scene.recordings(of: one.id)
            #expect(recordings.contains { $0["state"] == "available" }, "\(one.id) waits with nothing to listen to")
          }
        }
        #expect(try await scene.routeProblem() == nil)
        #expect(run.begun.count >= plan.size)
        print(
          "verification kill run: \(ContinuousClock.now - started), found at kills \(run.found), ended \(ends), "
            + "codes handed in \(total.arrived)")
      }
    }
  }
}
