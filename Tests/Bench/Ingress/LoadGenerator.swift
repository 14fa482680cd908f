import Transport

/// Sends requests over keep-alive connections, the next one on a connection as soon as its last was answered.
///
/// `@unchecked Sendable`: all state is used on the loop's thread only; `run` is the one way in.
final class LoadGenerator: @unchecked Sendable {
  private let loop: EventLoop
  private let requests: [[UInt8]]
  private var next = 0
  private var outcome = LoadOutcome()
  private var begun: Int64 = 0
  private var timer: LoopTimer?
  private var finish: ((Result<LoadOutcome, BenchFailure>) -> Void)?

  private init(loop: EventLoop, requests: [[UInt8]]) {
    self.loop = loop
    self.requests = requests
    outcome.latencies.reserveCapacity(requests.count)
  }

  /// Sends all `requests` over `connections` and returns when each is answered, or throws after `limit`.
  static func run(
    _ loop: EventLoop, port: Int, connections count: Int, requests: [[UInt8]], limit: Duration = .seconds(120)
  ) async throws -> LoadOutcome {
    let address = try SocketAddress(host: "127.0.0.1", port: port)
    var connections: [TCPConnection] = []
    for _ in 0..<count {
      connections.append(try await TCPConnector.connect(loop, to: address, timeout: .seconds(5)))
    }
    let opened = connections
    let generator = LoadGenerator(loop: loop, requests: requests)
    let result = await withCheckedContinuation { continuation in
      loop.execute { generator.start(opened, limit: limit) { continuation.resume(returning: $0) } }
    }
    await loop.perform { for connection in opened { connection.close(.closedHere("load is over")) } }
    return try result.get()
  }

  private func start(
    _ connections: [TCPConnection], limit: Duration, _ finish: @escaping (Result<LoadOutcome, BenchFailure>) -> Void
  ) {
    self.finish = finish
    timer = loop.schedule(after: limit) { self.end(.failure(BenchFailure("the load is not over after \(limit)"))) }
    begun = MonotonicClock.now
    for connection in connections { drive(connection) }
  }

  private func drive(_ connection: TCPConnection) {
    var splitter = AnswerSplitter()
    var sentAt = send(on: connection)
    connection.onBytes = { [unowned connection] bytes in
      do throws(AnswerSplitter.Malformed) {
        guard let status = try splitter.received(bytes) else { return }
        self.answered(status, after: MonotonicClock.now - sentAt)
        sentAt = self.send(on: connection)
      } catch {
        self.end(.failure(BenchFailure("an answer is not HTTP as expected")))
      }
    }
    connection.onClose = { reason in self.end(.failure(BenchFailure("a connection closed: \(reason)"))) }
    connection.resumeReading()
  }

  private func send(on connection: TCPConnection) -> Int64 {
    if next < requests.count {
      connection.write(requests[next])
      next += 1
    }
    return MonotonicClock.now
  }

  private func answered(_ status: Int, after nanoseconds: Int64) {
    outcome.statuses[status, default: 0] += 1
    outcome.latencies.append(nanoseconds)
    guard outcome.latencies.count == requests.count else { return }
    outcome.seconds = Double(MonotonicClock.now - begun) / 1e9
    end(.success(outcome))
  }

  private func end(_ result: Result<LoadOutcome, BenchFailure>) {
    guard let finish else { return }
    self.finish = nil
    if let timer { loop.cancel(timer) }
    finish(result)
  }
}
