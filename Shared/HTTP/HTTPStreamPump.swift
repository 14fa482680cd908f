import Transport

/// Pulls an answer's body from its producer and writes it as fast as the client reads, no faster.
///
/// `@unchecked Sendable`: used on the loop's thread only; the task runs on the loop.
final class HTTPStreamPump: @unchecked Sendable {
  /// How the body ended.
  enum End: Equatable { case complete, failed }

  private let stream: HTTPBodyStream
  private let isChunked: Bool
  private let tcp: TCPConnection
  private let highWater: Int
  private let ended: (End) -> Void
  private var task: Task<Void, Never>?
  private var waiting: CheckedContinuation<Void, Never>?
  private var remaining: Int?
  private var isEnded = false

  /// True when nobody has said where the body ends: server-sent events, for one.
  var isEndless: Bool { stream.length == nil }

  init(
    _ stream: HTTPBodyStream, isChunked: Bool, tcp: TCPConnection, highWater: Int, ended: @escaping (End) -> Void
  ) {
    self.stream = stream
    self.isChunked = isChunked
    self.tcp = tcp
    self.highWater = highWater
    self.ended = ended
    remaining = stream.length
  }

  /// Starts pulling. The pump owns the task and ends it in `cancel`.
  func start() {
    task = tcp.loop.spawn { await self.run() }
  }

  /// The kernel has taken everything written.
  func drained() {
    let continuation = waiting
    waiting = nil
    continuation?.resume()
  }

  /// The client is gone: nothing more is pulled, the producer is told.
  func cancel() {
    if isEnded { return }
    isEnded = true
    task?.cancel()
    drained()
    stream.close()
  }

  private func run() async {
    do {
      while !isEnded, let piece = try await stream.next() {
        if isEnded { return }
        if piece.isEmpty {
          // Nothing to send; a producer that does this in a row must not hold the loop.
          await Task.yield()
          continue
        }
        if !(await write(piece)) { return finish(.failed) }
      }
      finish(remaining ?? 0 == 0 ? .complete : .failed)
    } catch {
      finish(.failed)
    }
  }

  /// Writes `piece` in slices, waiting for the reader between them. False when it is longer than was announced.
  private func write(_ piece: [UInt8]) async -> Bool {
    if let remaining {
      if piece.count > remaining { return false }
      self.remaining = remaining - piece.count
    }
    var start = 0
    while start < piece.count, !isEnded {
      let end = min(piece.count, start + highWater)
      writeSlice(piece[start..<end])
      start = end
      if tcp.outboundBytes >= highWater { await waitForReader() }
    }
    return true
  }

  private func writeSlice(_ slice: ArraySlice<UInt8>) {
    if isChunked { tcp.write(Array("\(String(slice.count, radix: 16))\r\n".utf8)) }
    slice.withUnsafeBytes { tcp.write($0) }
    if isChunked { tcp.write([0x0D, 0x0A]) }
  }

  private func waitForReader() async {
    if isEnded || !tcp.isOpen { return }
    await withCheckedContinuation { waiting = $0 }
  }

  private func finish(_ end: End) {
    if isEnded { return }
    isEnded = true
    if isChunked && end == .complete { tcp.write(Array("0\r\n\r\n".utf8)) }
    stream.close()
    ended(end)
  }
}
