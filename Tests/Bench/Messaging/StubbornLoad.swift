import Transport

/// Requests at a steady rate that do not give up: each is made again until it is answered as wanted, as Meta does with
/// webhooks and a careful program with its `Idempotency-Key`. Servers may die and come back meanwhile.
///
/// `@unchecked Sendable`: all state is used on the loop's thread only; `run` is the one way in.
final class StubbornLoad: @unchecked Sendable {
  struct Outcome: Sendable {
    var done = 0
    /// Requests made, the repeated ones included.
    var tries = 0
    var broken = 0
    var refused: [Int: Int] = [:]
    var seconds = 0.0
  }

  /// A connection and what it is asked just now.
  private final class Line {
    var connection: TCPConnection?
    var splitter = AnswerSplitter()
    var request: [UInt8]?
  }

  private let loop: EventLoop
  private let address: SocketAddress
  private let rate: Int
  private let total: Int
  private let wanted: Int
  private let make: (Int) -> [UInt8]
  /// All of them, for as long as the load lives: its connections know them without owning them.
  private var lines: [Line] = []
  private var idle: [Line] = []
  private var waiting: [[UInt8]] = []
  private var waitingFrom = 0
  private var made = 0
  private var begun: Int64 = 0
  private var outcome = Outcome()
  private var timer: LoopTimer?
  private var finish: ((Result<Outcome, BenchFailure>) -> Void)?
  private static let pause = Duration.milliseconds(100)

  private init(
    loop: EventLoop, address: SocketAddress, rate: Int, total: Int, wanted: Int, make: @escaping (Int) -> [UInt8]
  ) {
    self.loop = loop
    self.address = address
    self.rate = rate
    self.total = total
    self.wanted = wanted
    self.make = make
  }

  /// Makes `total` requests, `rate` of them each second, and each again until its answer has the status `wanted`.
  static func run(
    _ loop: EventLoop, port: Int, connections: Int, rate: Int, total: Int, wanted: Int, limit: Duration,
    make: @escaping @Sendable (Int) -> [UInt8]
  ) async throws -> Outcome {
    let load = StubbornLoad(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: port), rate: rate, total: total, wanted: wanted,
      make: make)
    let result = await withCheckedContinuation { continuation in
      loop.execute { load.start(connections, limit) { continuation.resume(returning: $0) } }
    }
    return try result.get()
  }

  private func start(
    _ connections: Int, _ limit: Duration, _ finish: @escaping (Result<Outcome, BenchFailure>) -> Void
  ) {
    self.finish = finish
    timer = loop.schedule(after: limit) {
      self.end(.failure(BenchFailure("\(self.outcome.done) of \(self.total) requests are done after \(limit)")))
    }
    begun = MonotonicClock.now
    lines = (0..<connections).map { _ in Line() }
    for line in lines { open(line) }
    advance()
  }

  private func open(_ line: Line) {
    if finish == nil { return }
    // Owned by the line: it ends with one try.
    let (loop, address) = (loop, address)
    let box = Unshared(line)
    loop.spawn { [self] in
      let connection = try? await TCPConnector.connect(loop, to: address, timeout: .seconds(2))
      loop.execute { self.opened(box.value, connection) }
    }
  }

  /// A line travels from the loop through a task back to the loop, and is used nowhere else.
  private struct Unshared: @unchecked Sendable {
    let value: Line
    init(_ value: Line) { self.value = value }
  }

  private func opened(_ line: Line, _ connection: TCPConnection?) {
    guard finish != nil, let connection, connection.isOpen else {
      connection?.close(.closedHere("load is over"))
      again(line)
      return
    }
    line.connection = connection
    line.splitter = AnswerSplitter()
    connection.onBytes = { [unowned line] bytes in
      do throws(AnswerSplitter.Malformed) {
        guard let status = try line.splitter.received(bytes) else { return }
        self.answered(status, on: line)
      } catch {
        line.connection?.close(.closedHere("not HTTP"))
      }
    }
    connection.onClose = { [unowned line] _ in self.closed(line) }
    connection.resumeReading()
    send(on: line)
  }

  private func again(_ line: Line) {
    if finish == nil { return }
    _ = loop.schedule(after: Self.pause) { self.open(line) }
  }

  private func closed(_ line: Line) {
    line.connection = nil
    idle.removeAll { $0 === line }
    if let request = line.request {
      outcome.broken += 1
      waiting.append(request)
      line.request = nil
    }
    again(line)
  }

  private func advance() {
    if finish == nil { return }
    let due = min(total, Int((MonotonicClock.now - begun) / 1_000 * Int64(rate) / 1_000_000))
    while made < due {
      waiting.append(make(made))
      made += 1
    }
    while waitingFrom < waiting.count, !idle.isEmpty { send(on: idle.removeFirst()) }
    _ = loop.schedule(after: .milliseconds(5)) { self.advance() }
  }

  private func send(on line: Line) {
    guard waitingFrom < waiting.count else {
      idle.append(line)
      return
    }
    let request = waiting[waitingFrom]
    waitingFrom += 1
    if waitingFrom > 4_096 {
      waiting.removeFirst(waitingFrom)
      waitingFrom = 0
    }
    line.request = request
    outcome.tries += 1
    line.connection?.write(request)
  }

  private func answered(_ status: Int, on line: Line) {
    guard let request = line.request else { return }
    line.request = nil
    if status == wanted {
      outcome.done += 1
    } else {
      outcome.refused[status, default: 0] += 1
      // Not at once: the server has its reasons.
      _ = loop.schedule(after: Self.pause) { self.waiting.append(request) }
    }
    if outcome.done == total {
      outcome.seconds = Double(MonotonicClock.now - begun) / 1e9
      return end(.success(outcome))
    }
    send(on: line)
  }

  private func end(_ result: Result<Outcome, BenchFailure>) {
    guard let finish else { return }
    self.finish = nil
    if let timer { loop.cancel(timer) }
    for line in lines { line.connection?.close(.closedHere("load is over")) }
    finish(result)
  }
}
