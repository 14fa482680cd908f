/// The body of a streamed answer, chunk by chunk as it arrives. Read by one task, once; ends by throwing an
/// `OutboundFailure` when the transfer does.
package struct OutboundChunks: AsyncSequence, Sendable {
  package typealias Element = [UInt8]
  let chunks: AsyncThrowingStream<[UInt8], any Error>
  let sink: ChunkSink

  package func makeAsyncIterator() -> Iterator { Iterator(base: chunks.makeAsyncIterator(), sink: sink) }

  package struct Iterator: AsyncIteratorProtocol {
    var base: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator
    let sink: ChunkSink

    package mutating func next() async throws -> [UInt8]? { try await next(isolation: #isolation) }

    package mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
      let chunk = try await base.next(isolation: actor)
      if let chunk { sink.taken(chunk.count) }
      return chunk
    }
  }
}
