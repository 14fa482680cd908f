/// Whose turn it is within a sender: answers before what programs send before broadcasts. One send in twenty goes to
/// the lowest that waits, so that an endless stream of answers slows a broadcast down and never stops it.
struct PriorityTurns: Sendable, Equatable {
  static let lowestEvery = 20

  private var sends = 0

  /// The order in which priorities are asked for the next message.
  mutating func next() -> [NewMessage.Priority] {
    sends += 1
    guard sends == Self.lowestEvery else { return [.answer, .normal, .broadcast] }
    sends = 0
    return [.broadcast, .normal, .answer]
  }
}
