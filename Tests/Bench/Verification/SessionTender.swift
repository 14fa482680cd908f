import JSON
import Transport

/// Keeps some of many numbers in verification while the verifier is being killed, and does what people and Meta do about what a kill
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

    var isOpen: Bool { id != nil && !VerificationWorld.over.contains(state) }
  }

  private let world: VerificationWorld
  /// Sessions under way at once.
  private let width: Int
  /// One for each number.
  private var sessions: [Session]
  private(set) var begun = 0
  private(set) var calledAgain = 0
  private(set) var typed = 0
  private(set) var cancelled = 0
  /// How verifications ended, by state.
  private(set) var ends: [String: Int] = [:]

  init(world: VerificationWorld, width: Int) {
    self.world = world
    self.width = width
    sessions = world.lines.map { Session(line: $0) }
  }

  /// Every number was verified since the last rest. Until ten seconds have passed without a kill none is free again: a
  /// change of its route may be on its way to the carrier.
  var isExhausted: Bool { sessions.allSatisfy { $0.id != nil } }

  /// Looks at every number once and does what there is to do. With `beginning` free ones are verified.
  func tend(beginning: Bool) throws {
    try look()
    if beginning {
      let open = sessions.count { $0.isOpen }
      let free = sessions.indices.filter { sessions[$0].id == nil }
      for index in free.prefix(max(0, width - open)) { try begin(index) }
    }
    for index in sessions.indices where sessions[index].isOpen {
      let session = sessions[index]
      if session.state == "code_requested", session.looks >= 3 {
        try callAgain(index)
      } else if session.state == "needs_a_listener" {
        try type(index)
      } else if ["call_answered", "recorded"].contains(session.state), session.looks >= 60 {
        // The carrier was asked, and has nothing.
        try cancel(index)
      }
    }
  }

  /// Open sessions by state at the last look.
  var states: [String: Int] {
    var states: [String: Int] = [:]
    for session in sessions where session.isOpen {
      states[session.state, default: 0] += 1
    }
    return states
  }

  /// Until verifications have ended and their numbers were given back; those are free then. A code that was killed on
  /// its way is settled by readings for a minute, which only the last rest waits for.
  func rest(isLast: Bool) throws {
    let mayStay: Set<String> = isLast ? [] : ["submitted"]
    do {
      try world.wait("every verification has ended", within: 150, every: 250) {
        try tend(beginning: false)
        return !sessions.contains { $0.isOpen && !mayStay.contains($0.state) }
      }
    } catch {
      for session in sessions where session.isOpen {
        guard let id = session.id else { continue }
        let steps = try world.steps(id).map { "\($0["event"]?.string ?? "") \($0["at"]?.string ?? "")" }
        Progress.tell("not at rest: \(id) is \(session.state) after \(steps.joined(separator: ", "))")
      }
      throw error
    }
    try world.settled(sessions.filter { !$0.isOpen }.compactMap(\.id))
    sessions = sessions.map { $0.isOpen ? $0 : Session(line: $0.line) }
  }

  /// Meta's part of it alone, for while nobody reaches the verifier.
  func callAgain() throws {
    for index in sessions.indices where sessions[index].state == "code_requested" && sessions[index].looks >= 3 {
      try callAgain(index, mayCancel: false)
    }
  }

  /// One page tells of nearly all.
  private func look() throws {
    var states: [String: String] = [:]
    for view in try world.newest(100) { states[view["id"]?.string ?? ""] = view["state"]?.string }
    for session in sessions where session.isOpen {
      guard let id = session.id, states[id] == nil else { continue }
      states[id] = try world.verification(id)["state"]?.string
    }
    note(states)
  }

  /// Takes over what was seen: the states of verifications by id.
  func note(_ states: [String: String]) {
    for index in sessions.indices where sessions[index].isOpen {
      guard let id = sessions[index].id, let state = states[id] else { continue }
      sessions[index].looks = state == sessions[index].state ? sessions[index].looks + 1 : 1
      sessions[index].state = state
      if VerificationWorld.over.contains(state) { ends[state, default: 0] += 1 }
    }
  }

  private func begin(_ index: Int) throws {
    let line = sessions[index].line
    try world.makeUnverified(line)
    let answer = try world.registry.ask("POST", world.path(line), VerificationWorld.request)
    guard answer.status == 201, let id = answer.body["id"]?.string else {
      throw BenchFailure("a verification of \(line.phone) was refused: \(answer.body)")
    }
    sessions[index] = Session(line: line, id: id)
    begun += 1
  }

  private func callAgain(_ index: Int, mayCancel: Bool = true) throws {
    let line = sessions[index].line
    let calls = try world.sandbox.call("GET", "/control/carrier/calls?to=\(line.phone)")
    let under: Set<String> = ["waiting", "ringing", "in_progress"]
    // A call under way tells the code already.
    if (calls["calls"]?.array ?? []).contains(where: { under.contains($0["outcome"]?.string ?? "") }) { return }
    let code = try world.code(of: line)
    guard !sessions[index].isCalledAgain, !code.isEmpty, try !world.submitted(line).contains(code) else {
      if mayCancel { try cancel(index) }
      return
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
