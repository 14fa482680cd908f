import Synchronization

/// The bounded buffer between libcurl's callbacks and the reader of a stream.
final class ChunkSink: Sendable {
  private struct State {
    var waitingBytes = 0
    var isFinished = false
  }

  private let state = Mutex(State())
  private let limit: Int
  private let continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
  private let chunks: AsyncThrowingStream<[UInt8], any Error>

  /// At most `limit` bytes wait for the reader.
  init(limit: Int) {
    self.limit = limit
    (chunks, continuation) = AsyncThrowingStream.makeStream()
  }

  func onTermination(_ body: @escaping @Sendable () -> Void) {
    continuation.onTermination = { reason in if case .cancelled = reason { body() } }
  }

  /// False when the reader lags by more than the limit.
  func offer(_ chunk: [UInt8]) -> Bool {
    let hasRoom = state.withLock { state in
      state.waitingBytes += chunk.count
      return state.waitingBytes <= limit
    }
    if hasRoom { continuation.yield(chunk) }
    return hasRoom
  }

  func finish(_ failure: OutboundFailure?) {
    if let failure { continuation.finish(throwing: failure) } else { continuation.finish() }
  }

  /// What the reader iterates over.
  var stream: OutboundChunks { OutboundChunks(chunks: chunks, sink: self) }

  func taken(_ count: Int) { state.withLock { $0.waitingBytes -= count } }
}
