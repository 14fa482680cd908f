import Synchronization

/// Lets an object build a `WorkLoop` in its initialiser whose turn is one of its own methods.
package final class TurnBox: Sendable {
  private let body = Mutex<(@Sendable () async throws -> WorkLoop.Next)?>(nil)

  package init() {}

  /// Sets the turn; before that a turn is idle.
  package func set(_ turn: @escaping @Sendable () async throws -> WorkLoop.Next) {
    body.withLock { $0 = turn }
  }

  package func turn() async throws -> WorkLoop.Next {
    guard let turn = body.withLock({ $0 }) else { return .idle }
    return try await turn()
  }
}
