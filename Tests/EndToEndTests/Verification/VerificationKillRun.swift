import Foundation
import JSON
import SandboxWorld
import TestSupport
import Wire

/// One run of the verification kill test: numbers are verified one after the other while the verifier is killed at
/// moments drawn from a seed.
final class VerificationKillRun {
  /// A verification and the number it is of.
  struct Begun {
    var line: VerificationScene.Line
    var id: String
  }

  let plan: KillPlan
  let scene: VerificationScene
  private(set) var begun: [Begun] = []
  /// How often a kill found verifications in a state.
  private(set) var found: [String: Int] = [:]
  private var lines: [VerificationScene.Line] = []

  init(_ plan: KillPlan, _ scene: VerificationScene) {
    self.plan = plan
    self.scene = scene
  }

  private var world: World { scene.world }

  func play() async throws {
    var chance = Dice(seed: plan.seed)
    for index in 0..<plan.size { lines.append(try await scene.open(1100 + index, route: route(index))) }
    // Meta and the carrier take their time, so that kills find them at work.
    for door in ["graph.request_code", "graph.verify_code", "carrier.update", "carrier.recordings", "speech"] {
      try world.faults.order(
        Fault(.delay, at: door, count: nil, probability: 0.5, parameters: .init(milliseconds: 60)))
    }
    try world.faults.order(Fault(.closeAfterReading, at: "graph.verify_code", count: nil, probability: 0.1))
    try world.faults.order(Fault(.closeAfterReading, at: "carrier.update", count: nil, probability: 0.05))
    for round in 0..<plan.kills {
      try await beginMore()
      try await Task.sleep(for: .milliseconds(Int.random(in: 20...700, using: &chance)))
      try await scene.product.services.kill(.verifier)
      try scene.product.services.launch(.verifier)
      try await scene.product.services.ready(.verifier)
      try await eventually(within: .seconds(20), "the registry finds the verifier") {
        try await scene.story.api.call("GET", "/v1/verifications?limit=1", token: scene.story.key).status == 200
      }
      try await look()
      if (round + 1) % 20 == 0 { print("verification kill run: \(round + 1) kills, \(begun.count) verifications") }
    }
    world.faults.clear()
  }

  /// No two numbers have the same route.
  private func route(_ index: Int) -> [String: String] {
    switch index % 3 {
    case 0: ["VoiceMethod": "GET", "VoiceFallbackUrl": "https://late.example/\(index)"]
    case 1: ["VoiceApplicationSid": "AP\(index)"]
    default: [:]
    }
  }

  /// Begins a verification of every number that nobody has, as if Meta had never verified it.
  private func beginMore() async throws {
    let open = try await states()
    for line in lines {
      let last = begun.last { $0.line.sender == line.sender }
      if last.map({ open[$0.id] != nil }) == true { continue }
      try world.setPoolEntry(line.phone, isVerified: false, expiresInDays: 90)
      // Refused while the last one is open or the number is on its way back.
      let answer = try await scene.tryToStart(line)
      if answer.status == 201, let id = answer.body["id"]?.string { begun.append(Begun(line: line, id: id)) }
    }
  }

  private func look() async throws {
    for state in try await states().values { found[state, default: 0] += 1 }
  }

  /// The open verifications by id.
  private func states() async throws -> [String: String] {
    var states: [String: String] = [:]
    for one in begun {
      let state = try await scene.verification(one.id)["state"]?.string ?? ""
      if !["verified", "failed", "expired", "cancelled"].contains(state) { states[one.id] = state }
    }
    return states
  }

  /// What kills have cost is made good as in life: Meta calls once more where its call went to the shop, somebody types
  /// the code where a recording waits, and the rest is cancelled. Then everything has ended.
  func finish() async throws {
    var called: Set<String> = []
    do {
      try await eventually(within: .seconds(150), "every verification has come to rest") {
        let open = try await states()
        for one in begun where open[one.id] == "code_requested" {
          // A call under way tells the code already.
          if world.carrier.log.calls(to: one.line.phone).contains(where: { !$0.outcome.isOver }) { continue }
          let code = scene.code(of: one.line)
          if called.insert(one.id).inserted, !code.isEmpty, scene.submitted(one.line)[code] == nil {
            try await scene.call(one.line, CallScript(code: code))
          } else {
            _ = try await scene.story.api.call("POST", "/v1/verifications/\(one.id)/cancel", token: scene.story.key)
          }
        }
        return open.values.allSatisfy { $0 == "needs_a_listener" }
      }
    } catch {
      for id in try await states().keys {
        print("not at rest: \(try await scene.verification(id))\n\(try await scene.steps(of: id))")
      }
      throw error
    }
    try await eventually(within: .seconds(60), "every number is given back") {
      lines.allSatisfy { scene.route(of: $0.phone) == $0.route }
    }
    for one in begun {
      try await eventually(within: .seconds(30), "the interception of \(one.id) has ended") {
        ["restored", "failed"].contains(try await scene.verification(one.id)["interception"]?["state"]?.string)
      }
    }
  }
}
