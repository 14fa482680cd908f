import Foundation
import FoundationNetworking
import Synchronization
import Transport

/// What `URLSession` alone can do here: the same POSTs, as many at a time, with nothing behind them.
final class BareDeliveries: Sendable {
  private let session: URLSession
  private let url: URL
  private let body: Data
  private let left: Mutex<(toStart: Int, running: Int, failed: Int)>

  init(url: String, count: Int, concurrency: Int) throws {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpMaximumConnectionsPerHost = concurrency
    configuration.urlCache = nil
    configuration.timeoutIntervalForRequest = 10
    session = URLSession(configuration: configuration)
    guard let url = URL(string: url) else { throw BenchFailure("\(url) is no URL") }
    self.url = url
    body = Data(repeating: UInt8(ascii: "x"), count: 700)
    left = Mutex((count, 0, 0))
  }

  /// POSTs a second.
  static func perSecond(url: String, count: Int = 10_000, concurrency: Int = 32) async throws -> Double {
    let loop = try BareDeliveries(url: url, count: count, concurrency: concurrency)
    let began = MonotonicClock.now
    let failed = await withCheckedContinuation { continuation in
      for _ in 0..<concurrency { loop.next { continuation.resume(returning: $0) } }
    }
    let seconds = Double(MonotonicClock.now - began) / 1e9
    if failed > 0 { throw BenchFailure("\(failed) of \(count) bare POSTs failed") }
    return Double(count) / seconds
  }

  private func next(_ finished: @escaping @Sendable (Int) -> Void) {
    let goes = left.withLock { left -> Bool in
      if left.toStart == 0 { return false }
      left.toStart -= 1
      left.running += 1
      return true
    }
    guard goes else { return }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.httpBody = body
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    session.dataTask(with: request) { _, response, _ in
      let isOK = (response as? HTTPURLResponse)?.statusCode == 200
      let end = self.left.withLock { left -> Int? in
        left.running -= 1
        if !isOK { left.failed += 1 }
        return left.toStart == 0 && left.running == 0 ? left.failed : nil
      }
      if let end { finished(end) } else { self.next(finished) }
    }.resume()
  }
}
