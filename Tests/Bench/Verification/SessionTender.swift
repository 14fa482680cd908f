import JSON
import Transport

/// Keeps numbers in verification while the verifier is being killed, and does what people and Meta do about what a kill
/// has cost: Meta calls once more where its call went to the shop, somebody types the code where a recording waits, and
/// what does not move is cancelled.
final class SessionTender {
  private struct Session {
    let line: VerificationWorld.Line
    /// Nil before the first verification.
    var id: String?
    var state = ""
    /// Looks that found it in this state.
    var looks = 0
    var isCalledAgain = false
  }

  private let world: VerificationWorld
  private var sessions: [Session]
  private(set) var begun = 0
  private(set) var calledAgain = 0
  private(set) var typed = 0
  private(set) var cancelled = 0
  /// How verifications ended, by state.
  private(set) var ends: [String: Int] = [:]

  init(world: VerificationWorld, lines: [VerificationWorld.Line]) {
    self.world = world
    sessions = lines.map { Session(line: $0) }
  }

  /// Looks at every number once and does what there is to do. With `beginning` the ones that are free are verified anew.
  func tend(beginning: Bool) throws {
    try look()
    for index in sessions.indices {
      let session = sessions[index]
      if session.id == nil || VerificationWorld.over.contains(session.state) {
        if beginning { try begin(index) }
      } else if session.state == "code_requested", session.looks >= 3 {
        try callAgain(index)
      } else if session.state == "needs_a_listener" {
        try type(index)
      } else if ["call_answered", "recorded"].contains(session.state), session.looks >= 40 {
        // The carrier was asked, and has nothing.
        try cancel(index)
      }
    }
  }

  /// Open sessions by state, now.
  func states() throws -> [String: Int] {
    try look()
    var states: [String: Int] = [:]
    for session in sessions where session.id != nil && !VerificationWorld.over.contains(session.state) {
      states[session.state, default: 0] += 1
    }
    return states
  }

  /// Until every verification has ended and its number was given back.
  func finish() throws {
    try world.wait("every verification has ended", within: 90, every: 250) {
      try tend(beginning: false)
      return sessions.allSatisfy { $0.id == nil || VerificationWorld.over.contains($0.state) }
    }
    try world.settled(sessions.compactMap(\.id))
  }

  /// One page tells of nearly all.
  private func look() throws {
    var views: [String: JSONValue] = [:]
    for view in try world.newest(100) { views[view["id"]?.string ?? ""] = view }
    for index in sessions.indices {
      guard let id = sessions[index].id, !VerificationWorld.over.contains(sessions[index].state) else { continue }
      let state = try (views[id] ?? world.verification(id))["state"]?.string ?? ""
      sessions[index].looks = state == sessions[index].state ? sessions[index].looks + 1 : 1
      sessions[index].state = state
      if VerificationWorld.over.contains(state) { ends[state, default: 0] += 1 }
    }
  }

  private func begin(_ index: Int) throws {
    let line = sessions[index].line
    try world.makeUnverified(line)
    let answer = try world.registry.ask("POST", world.path(line), VerificationWorld.request)
    // Refused while the number is on its way back, or somebody calls it.
    guard answer.status == 201, let id = answer.body["id"]?.string else { return }
    sessions[index] = Session(line: line, id: id)
    begun += 1
  }

  private func callAgain(_ index: Int) throws {
    let line = sessions[index].line
    let calls = try world.sandbox.call("GET", "/control/carrier/calls?to=\(line.phone)")
    let under: Set<String> = ["waiting", "ringing", "in_progress"]
    // A call under way tells the code already.
    if (calls["calls"]?.array ?? []).contains(where: { under.contains($0["outcome"]?.string ?? "") }) { return }
    let code = try world.code(of: line)
    guard !sessions[index].isCalledAgain, !code.isEmpty, try !world.submitted(line).contains(code) else {
      return try cancel(index)
    }
    sessions[index].isCalledAgain = true
    sessions[index].looks = 0
    calledAgain += 1
    try world.sandbox.call("POST", "/control/carrier/calls", ["to": .string(line.phone), "code": .string(code)])
  }

  private func type(_ index: Int) throws {
    let line = sessions[index].line
    let code = try world.code(of: line)
    guard let id = sessions[index].id, !code.isEmpty, try !world.submitted(line).contains(code) else {
      return try cancel(index)
    }
    typed += 1
    _ = try world.registry.ask("POST", "/v1/verifications/\(id)/code", ["code": .string(code)])
  }

  /// Refused while a code is on its way to Meta; the next look tries again.
  private func cancel(_ index: Int) throws {
    guard let id = sessions[index].id else { return }
    let answer = try world.registry.ask("POST", "/v1/verifications/\(id)/cancel")
    if answer.status == 200 { cancelled += 1 }
  }
}
