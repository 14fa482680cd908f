import Testing
import Workers

/// The turn that a box holds for a work loop.
@Suite struct TurnBoxTests {
  @Test func `a turn costs the same after thousands of turns`() async throws {
    let box = TurnBox()
    #expect(try await box.turn() == .idle)
    box.set { .again }
    let first = try await fastest(of: box)
    for _ in 0..<10_000 { #expect(try await box.turn() == .again) }
    let last = try await fastest(of: box)
    // Wrapped at every look it would be some 700 microseconds by now.
    #expect(last < first * 5 + .microseconds(100), "first \(first), after 10,000 turns \(last)")
  }

  /// The quickest of some turns: what the machine does beside it does not count.
  private func fastest(of box: TurnBox) async throws -> Duration {
    var least = Duration.seconds(1)
    for _ in 0..<20 {
      let begun = ContinuousClock.now
      _ = try await box.turn()
      least = min(least, ContinuousClock.now - begun)
    }
    return least
  }
}
