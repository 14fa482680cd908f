import Foundation

/// How large a run with kills is, and its chance: `WSS_ALL_TESTS=1` makes it the full run, variables override.
struct KillPlan {
  /// Things that happen while services die: messages, recipients, numbers.
  var size: Int
  var kills: Int
  var seed: UInt64

  static var isFull: Bool { ProcessInfo.processInfo.environment["WSS_ALL_TESTS"] == "1" }

  /// `KILL_SEED`, or one drawn now.
  static var seed: UInt64 {
    ProcessInfo.processInfo.environment["KILL_SEED"].flatMap { UInt64($0) }
      ?? UInt64.random(in: 0...UInt64(UInt32.max))
  }

  /// The sizes of the usual run and the full one, and the variables that override them.
  static func fromEnvironment(
    _ sizes: (usual: Int, full: Int), size: String = "KILL_MESSAGES", kills: (usual: Int, full: Int),
    count: String = "KILL_COUNT"
  ) -> KillPlan {
    func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
    return KillPlan(
      size: max(1, number(size) ?? (isFull ? sizes.full : sizes.usual)),
      kills: max(1, number(count) ?? (isFull ? kills.full : kills.usual)), seed: seed)
  }
}
