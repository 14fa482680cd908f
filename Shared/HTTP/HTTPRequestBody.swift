import Synchronization

/// The body of a request that is still coming: its handler reads it piece by piece, and the client is held up while it
/// does not.
package final class HTTPRequestBody: Sendable {
  /// The client went, was too slow, or sent something else than a body.
  package struct Cut: Error, Sendable {}

  private struct State {
    var waiting: [UInt8] = []
    var isComplete = false
    var isCut = false
    var reader: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())
  /// The reader has caught up.
  private let onTaken: @Sendable () -> Void

  init(onTaken: @escaping @Sendable () -> Void) { self.onTaken = onTaken }

  /// A body that is complete, for tests of handlers.
  package convenience init(_ bytes: [UInt8]) {
    self.init {}
    _ = feed(bytes)
    finish()
  }

  /// What has come since the last call; waits while that is nothing. Nil at the end, throws `Cut` when there will be
  /// none. For one reader.
  package func next() async throws -> [UInt8]? {
    while true {
      let (bytes, isOver) = try state.withLock { state -> ([UInt8], Bool) in
        if state.isCut { throw Cut() }
        defer { state.waiting = [] }
        return (state.waiting, state.isComplete)
      }
      if !bytes.isEmpty {
        onTaken()
        return bytes
      }
      if isOver { return nil }
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let hasNews = state.withLock { state in
          if !state.waiting.isEmpty || state.isComplete || state.isCut { return true }
          state.reader = continuation
          return false
        }
        if hasNews { continuation.resume() }
      }
    }
  }

  // MARK: From the connection

  /// Hands bytes on; how many wait for the reader now.
  func feed(_ bytes: [UInt8]) -> Int {
    let (reader, count) = state.withLock { state in
      state.waiting += bytes
      defer { if !bytes.isEmpty { state.reader = nil } }
      return (bytes.isEmpty ? nil : state.reader, state.waiting.count)
    }
    reader?.resume()
    return count
  }

  /// Nothing more comes.
  func finish() { end { $0.isComplete = true } }

  /// Nothing more comes, and what came is not all. Nothing after `finish`.
  func cut() { end { if !$0.isComplete { $0.isCut = true } } }

  private func end(_ change: (inout State) -> Void) {
    let reader = state.withLock { state in
      change(&state)
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume()
  }
}
