/// Every bound of the server in one place; each is reached in a test.
package struct HTTPLimits: Sendable {
  /// Open connections; further ones wait in the kernel's backlog.
  package var connections = 10_000
  /// Bytes of the header fields together, line ends included; beyond it 431.
  package var headerBytes = 16 << 10
  /// Header fields of one request; beyond it 431.
  package var headerCount = 100
  /// Bytes of the request target; beyond it 414.
  package var targetBytes = 8 << 10
  /// Bytes of all chunk extensions of one body together; they mean nothing here, so they may not cost much.
  package var chunkExtensionBytes = 4 << 10
  /// Bytes of the trailer section, which is checked and dropped.
  package var trailerBytes = 4 << 10
  /// Time from the first byte of a request to the end of its head; also for the first byte of a connection.
  package var headTime: Duration = .seconds(10)
  /// Time for a body, extended by what `minimumBytesPerSecond` allows for the bytes that came.
  package var bodyTime: Duration = .seconds(30)
  /// Time for a body however much of it comes: the least rate alone would give a large one hours.
  package var longestBodyTime: Duration = .seconds(600)
  /// Time a body may pause: what came of it is held for all that while.
  package var bodySilence: Duration = .seconds(10)
  /// Once `bodyBytesInFlight` are held, the body silent longest, for more than this, makes room for others.
  package var evictedBodySilence: Duration = .seconds(1)
  /// The slowest sender of a body, and the slowest reader of an answer, that is waited for.
  package var minimumBytesPerSecond = 500
  /// Time a kept-alive connection may wait for its next request.
  package var idleTime: Duration = .seconds(75)
  /// The same once nine tenths of `connections` are open: room for those that come goes before waiting ones.
  package var crowdedIdleTime: Duration = .seconds(5)
  /// Time for a handler to return its answer; beyond it 503. The stream of an answer is not counted.
  package var handlerTime: Duration = .seconds(60)
  /// How long an answer may be stuck below `minimumBytesPerSecond` before its reader is cut.
  package var writeTime: Duration = .seconds(30)
  /// How long a running handler is left alone once the client has finished sending (it may have gone).
  package var halfCloseGrace: Duration = .seconds(1)
  /// Time an answered connection is kept to let its last bytes arrive.
  package var closeTime: Duration = .seconds(5)
  /// Bytes of following requests kept while one is answered; then reading pauses.
  package var pipelinedBytes = 64 << 10
  /// Bytes of an answer that may wait for a slow reader before its producer pauses.
  package var streamBytes = 256 << 10
  /// Bytes written and not taken by the kernel; a connection beyond it is cut.
  package var outboundBytes = 8 << 20
  /// Bytes of unfinished and running requests' bodies over all connections; beyond it 503, for a silent
  /// body first.
  package var bodyBytesInFlight = 128 << 20
  /// Requests answered on one connection before it is closed in good order.
  package var requestsPerConnection = 100_000

  package init() {}
}
