/// Work on megabytes, or on files, that would hold up the loop or a reader of the store.
package enum OffLoop {
  /// Runs `body` on the pool of threads that Swift keeps, and waits for it.
  package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    // A task of its own, awaited here: one that inherits would prefer the loop as its caller does.
    try await Task.detached { try body() }.value
  }
}
