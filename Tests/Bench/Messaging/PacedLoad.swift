import Transport

/// Sends requests at a steady rate, whatever the answers do: one that has to wait for a free connection is late from
/// the moment it was due, as Meta would see it.
///
/// `@unchecked Sendable`: all state is used on the loop's thread only; `run` is the one way in.
final class PacedLoad: @unchecked Sendable {
  private let loop: EventLoop
  private let rate: Int
  private let total: Int
  private let make: (Int) -> [UInt8]
  private var idle: [TCPConnection] = []
  /// Due and not sent yet, by number; the oldest first.
  private var waiting: [(due: Int64, request: [UInt8])] = []
  private var waitingFrom = 0
  private var made = 0
  private var begun: Int64 = 0
  private var outcome = LoadOutcome()
  private var ticker: LoopTimer?
  private var timer: LoopTimer?
  private var finish: ((Result<LoadOutcome, BenchFailure>) -> Void)?
  private static let tick = Duration.milliseconds(5)

  private init(loop: EventLoop, rate: Int, total: Int, make: @escaping (Int) -> [UInt8]) {
    self.loop = loop
    self.rate = rate
    self.total = total
    self.make = make
    outcome.latencies.reserveCapacity(total)
  }

  /// Sends `total` requests, `rate` of them each second, over `connections`; `make` builds the n-th when it is due.
  static func run(
    _ loop: EventLoop, port: Int, connections count: Int, rate: Int, total: Int,
    make: @escaping @Sendable (Int) -> [UInt8]
  ) async throws -> LoadOutcome {
    let address = try SocketAddress(host: "127.0.0.1", port: port)
    var connections: [TCPConnection] = []
    for _ in 0..<count {
      connections.append(try await TCPConnector.connect(loop, to: address, timeout: .seconds(5)))
    }
    let opened = connections
    let load = PacedLoad(loop: loop, rate: rate, total: total, make: make)
    let result = await withCheckedContinuation { continuation in
      loop.execute { load.start(opened) { continuation.resume(returning: $0) } }
    }
    await loop.perform { for connection in opened { connection.close(.closedHere("load is over")) } }
    return try result.get()
  }

  private func start(
    _ connections: [TCPConnection], _ finish: @escaping (Result<LoadOutcome, BenchFailure>) -> Void
  ) {
    self.finish = finish
    let limit = Duration.seconds(total / rate * 2 + 60)
    timer = loop.schedule(after: limit) { self.end(.failure(BenchFailure("the load is not over after \(limit)"))) }
    begun = MonotonicClock.now
    for connection in connections { prepare(connection) }
    idle = connections
    advance()
  }

  /// Makes what has fallen due since the last look.
  private func advance() {
    if finish == nil { return }
    let now = MonotonicClock.now
    let due = min(total, Int((now - begun) / 1_000 * Int64(rate) / 1_000_000))
    while made < due {
      waiting.append((begun + Int64(made) * 1_000_000_000 / Int64(rate), make(made)))
      made += 1
      // In turn: one that is never used would be closed by the server.
      if !idle.isEmpty { send(on: idle.removeFirst()) }
    }
    if made < total { ticker = loop.schedule(after: Self.tick) { self.advance() } }
  }

  private var current: [ObjectIdentifier: Int64] = [:]
  private var splitters: [ObjectIdentifier: AnswerSplitter] = [:]

  private func prepare(_ connection: TCPConnection) {
    let id = ObjectIdentifier(connection)
    splitters[id] = AnswerSplitter()
    connection.onBytes = { [unowned connection] bytes in
      do throws(AnswerSplitter.Malformed) {
        guard let status = try self.splitters[id]?.received(bytes) else { return }
        self.answered(status, on: connection)
      } catch {
        self.end(.failure(BenchFailure("an answer is not HTTP as expected")))
      }
    }
    connection.onClose = { reason in self.end(.failure(BenchFailure("a connection closed: \(reason)"))) }
    connection.resumeReading()
  }

  private func send(on connection: TCPConnection) {
    guard waitingFrom < waiting.count else {
      idle.append(connection)
      return
    }
    let next = waiting[waitingFrom]
    waitingFrom += 1
    if waitingFrom == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      waitingFrom = 0
    }
    current[ObjectIdentifier(connection)] = next.due
    connection.write(next.request)
  }

  private func answered(_ status: Int, on connection: TCPConnection) {
    outcome.statuses[status, default: 0] += 1
    outcome.latencies.append(MonotonicClock.now - (current[ObjectIdentifier(connection)] ?? 0))
    if outcome.latencies.count == total {
      outcome.seconds = Double(MonotonicClock.now - begun) / 1e9
      return end(.success(outcome))
    }
    send(on: connection)
  }

  private func end(_ result: Result<LoadOutcome, BenchFailure>) {
    guard let finish else { return }
    self.finish = nil
    for timer in [timer, ticker].compactMap({ $0 }) { loop.cancel(timer) }
    finish(result)
  }
}
