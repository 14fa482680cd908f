import Foundation
import FoundationNetworking
import ReceiptsHarness
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

  static let argument = "bare-posts"

  /// POSTs a second, measured in a process of its own that trusts `certificate`.
  static func perSecond(
    url: String, trusting certificate: TestCertificate?, count: Int = 10_000, concurrency: Int = 32
  ) async throws -> Double {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(filePath: try certificate?.trusting(own) ?? own)
    process.arguments = [argument, url, "\(count)", "\(concurrency)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    // On a thread of its own: the receiver works on this one's pool.
    let text = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
        continuation.resume(returning: String(decoding: data ?? Data(), as: UTF8.self))
      }
    }
    guard let rate = Double(text) else { throw BenchFailure("the bare posts could not be measured") }
    return rate
  }

  /// Measures and prints, if the arguments ask for it: `bare-posts URL COUNT CONCURRENCY`.
  static func serveIfAsked(_ arguments: [String]) async throws -> Bool {
    guard arguments.count == 5, arguments[1] == argument, let count = Int(arguments[3]),
      let concurrency = Int(arguments[4])
    else { return false }
    let loop = try BareDeliveries(url: arguments[2], count: count, concurrency: concurrency)
    let began = MonotonicClock.now
    let failed = await withCheckedContinuation { continuation in
      for _ in 0..<concurrency { loop.next { continuation.resume(returning: $0) } }
    }
    let seconds = Double(MonotonicClock.now - began) / 1e9
    if failed > 0 { throw BenchFailure("\(failed) of \(count) bare POSTs failed") }
    print(Double(count) / seconds, terminator: "")
    return true
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
