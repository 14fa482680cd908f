import Synchronization

/// The faults ordered and not yet used up, decided with seeded chance.
package final class FaultBook: Sendable {
  private struct State {
    var faults: [Fault] = []
    var generator: SeededGenerator
    var taken: [String: Int] = [:]
  }

  private let limit: Int
  private let state: Mutex<State>

  package init(seed: UInt64, limit: Int) {
    self.limit = limit
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
  }

  /// Orders a fault. Throws when the door does not know the kind, or too many wait.
  package func order(_ fault: Fault) throws(ControlFailure) {
    try Self.check(fault)
    let isFull = state.withLock { state in
      if state.faults.count >= limit { return true }
      state.faults.append(fault)
      return false
    }
    if isFull { throw ControlFailure("\(limit) faults wait already; DELETE /control/faults clears them") }
  }

  package func clear() { state.withLock { $0.faults.removeAll() } }

  package var waiting: [Fault] { state.withLock { $0.faults } }

  /// How often faults were taken, by `target kind`.
  package var taken: [String: Int] { state.withLock { $0.taken } }

  /// The fault that strikes at this door now, if any; the first ordered that hits and whose kind the door knows.
  func take(at door: String, _ knows: (Fault.Kind) -> Bool = { _ in true }) -> Fault? {
    state.withLock { state in
      if state.faults.isEmpty { return nil }
      for index in state.faults.indices
      where Self.covers(state.faults[index].target, door) && knows(state.faults[index].kind) {
        let fault = state.faults[index]
        guard state.generator.chance(fault.probability) else { continue }
        if let count = fault.count {
          if count <= 1 { state.faults.remove(at: index) } else { state.faults[index].count = count - 1 }
        }
        state.taken["\(door) \(fault.kind.rawValue)", default: 0] += 1
        return fault
      }
      return nil
    }
  }

  private static func covers(_ target: String, _ door: String) -> Bool {
    if target == door { return true }
    // What the carrier sends is no part of what it answers.
    if callbacks.contains(door) { return false }
    guard door.hasPrefix(target), let next = door.dropFirst(target.count).first else { return false }
    return next == "." || next == ":"
  }

  /// Where the carrier calls out.
  private static let callbacks: Set<String> = [
    "carrier.voice_webhook", "carrier.action", "carrier.recording_callback",
  ]

  private static func check(_ fault: Fault) throws(ControlFailure) {
    guard (0...1).contains(fault.probability) else { throw ControlFailure("probability is between 0 and 1") }
    if let count = fault.count, count < 1 { throw ControlFailure("count is at least 1, or absent for no end") }
    let door = fault.target.prefix { $0 != "." && $0 != ":" }
    let isWebhook = fault.kind.isOfCallbacks
    if fault.kind == .ignored, fault.target != "carrier.update" {
      throw ControlFailure("ignored is a fault of carrier.update")
    }
    switch door {
    case "carrier" where callbacks.contains(fault.target):
      if !isWebhook && fault.kind != .delay {
        throw ControlFailure("the carrier's callbacks know duplicate, wrong_signature, drop and delay")
      }
    case "graph", "carrier", "model", "speech", "business":
      if isWebhook { throw ControlFailure("\(fault.kind.rawValue) is a fault of webhooks") }
      if fault.kind == .errorCode && door != "graph" && door != "carrier" {
        throw ControlFailure("error_code is a fault of graph and carrier")
      }
    case "webhooks":
      if !isWebhook && fault.kind != .delay {
        throw ControlFailure("webhooks know duplicate, wrong_signature, drop and delay")
      }
    default:
      throw ControlFailure("target starts with graph, carrier, model, speech, business or webhooks")
    }
    if fault.kind == .status, !(200...599).contains(fault.parameters.status ?? 500) {
      throw ControlFailure("parameters.status is between 200 and 599")
    }
    if let milliseconds = fault.parameters.milliseconds, !(0...600_000).contains(milliseconds) {
      throw ControlFailure("parameters.milliseconds is at most 600000")
    }
  }
}
