/// How many sends of each sender in a row came to nothing for a reason that the next one shares: Meta, or what is on the
/// way to it, does not answer. Going on at the full rate would leave everything that waits unknown, or tried out.
struct SenderTrouble: Sendable {
  /// Sends in a row before a sender waits.
  static let patience = 5
  /// The first pause and the longest one, in milliseconds. After each a single message tries.
  static let firstPause: Int64 = 5_000
  static let longestPause: Int64 = 60_000
  /// Senders in trouble that are remembered; beyond them all begin anew.
  static let limit = 10_000

  private struct Trouble {
    var inARow = 0
    var pauses = 0
  }

  private var troubles: [String: Trouble] = [:]

  /// A send came to nothing; how long the sender is to wait from now, where it must. `isProbe` is the one message that
  /// tried after a pause: those that were under way when the pause began say nothing new.
  mutating func failed(_ sender: String, isProbe: Bool) -> Int64? {
    if troubles.count >= Self.limit, troubles[sender] == nil { troubles = [:] }
    var trouble = troubles[sender] ?? Trouble()
    defer { troubles[sender] = trouble }
    trouble.inARow += 1
    if isProbe {
      trouble.pauses = min(trouble.pauses + 1, 4)
      return min(Self.firstPause << trouble.pauses, Self.longestPause)
    }
    return trouble.inARow == Self.patience ? Self.firstPause : nil
  }

  /// Meta answered.
  mutating func answered(_ sender: String) { troubles[sender] = nil }
}
