import Contracts
import Foundation
import HTTP
import JSON
import Synchronization
import Transport

/// Businesses' endpoints, all on one port: it notes when each event arrived and how often, and answers as the path asks.
final class BenchReceiver: Sendable {
  enum Manner: String {
    /// At once.
    case fast
    /// After 50 ms.
    case slow
    /// After 50 ms, and from `fallIll` on later than anybody waits for a head (10 s).
    case frail
    /// After 50 ms; the receipt's age is noted.
    case aged
  }

  struct Arrivals: Sendable {
    /// When an event arrived first, in monotonic nanoseconds, by its number; 0 for not yet.
    var first: [Int64]
    var total = 0
    /// Those with the id of an event that was handed over.
    var ours = 0
    var distinct = 0
    /// Milliseconds from the moment that a receipt says it was recorded to its arrival; kept where the path asks.
    var ages: [Double] = []
  }

  private final class Book: Sendable {
    let arrivals: Mutex<Arrivals>
    let isIll = Mutex(false)
    init(capacity: Int) { arrivals = Mutex(Arrivals(first: Array(repeating: 0, count: capacity))) }
  }

  private let loop: EventLoop
  private let server: HTTPServer
  private let book: Book

  /// Takes events with numbers below `capacity`.
  init(capacity: Int) async throws {
    let loop = try EventLoop(name: "receiver")
    self.loop = loop
    let book = Book(capacity: capacity)
    self.book = book
    server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 1 << 20 }
    ) { request in
      let now = MonotonicClock.now
      let manner = Manner(rawValue: request.path.split(separator: "/").first.map(String.init) ?? "")
      if manner == .aged, let age = Self.age(request.body) { book.arrivals.withLock { $0.ages.append(age) } }
      // The bare load has no id and is not counted.
      if let id = request.headers["webhook-id"] {
        book.arrivals.withLock { arrivals in
          arrivals.total += 1
          guard let number = EventMill.number(id), arrivals.first.indices.contains(number) else { return }
          arrivals.ours += 1
          if arrivals.first[number] != 0 { return }
          arrivals.first[number] = now
          arrivals.distinct += 1
        }
      }
      switch manner {
      case .slow, .aged: await loop.pause(.milliseconds(50))
      case .frail: await loop.pause(book.isIll.withLock { $0 } ? .seconds(11) : .milliseconds(50))
      default: break
      }
      return .text("ok")
    }
    try await server.start()
  }

  private static func age(_ body: [UInt8]) -> Double? {
    let now = Date().timeIntervalSince1970 * 1_000
    guard let text = try? JSONValue(parsing: body)["timestamp"]?.string,
      let recorded = try? Timestamp(parsing: text)
    else { return nil }
    return now - Double(recorded.milliseconds)
  }

  var port: Int { Int(server.address.port) }

  func url(_ manner: Manner, _ number: Int = 0) -> String { "http://127.0.0.1:\(port)/\(manner.rawValue)/\(number)" }

  /// The frail ones answer no more.
  func fallIll() { book.isIll.withLock { $0 = true } }

  var arrivals: Arrivals { book.arrivals.withLock { $0 } }
  var distinct: Int { book.arrivals.withLock { $0.distinct } }
  var total: Int { book.arrivals.withLock { $0.total } }

  func stop() async {
    // Those that are kept waiting are answered first.
    await server.drain(within: .seconds(12))
    loop.stop()
  }
}
