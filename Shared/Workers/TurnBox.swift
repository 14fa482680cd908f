import Synchronization

/// Lets an object build a `WorkLoop` in its initialiser whose turn is one of its own methods.
package final class TurnBox: Sendable {
  /// A function that is itself the generic value of a `Mutex` comes back from every `withLock` wrapped once more, and
  /// stays so: each turn would be slower than the one before. A member of a structure is left alone.
  private struct Turn {
    let body: @Sendable () async throws -> WorkLoop.Next
  }

  private let body = Mutex<Turn?>(nil)

  package init() {}

  /// Sets the turn; before that a turn is idle.
  package func set(_ turn: @escaping @Sendable () async throws -> WorkLoop.Next) {
    body.withLock { $0 = Turn(body: turn) }
  }

  package func turn() async throws -> WorkLoop.Next {
    guard let turn = body.withLock({ $0 }) else { return .idle }
    return try await turn.body()
  }
}
