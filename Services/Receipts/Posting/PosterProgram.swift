import Glibc
import Outbound
import Synchronization
import Transport
import Wire

/// The other half of `PosterPool`: this program as a posting process. It has one descriptor, no setting, no key and no
/// store; it posts what it is given through the guard of the process that started it, and ends when that does.
package enum PosterProgram {
  private static let offered = Mutex(false)

  /// Whether the program that runs now may start itself as a posting process.
  static var isOffered: Bool { offered.withLock { $0 } }

  /// Becomes a posting process where the arguments ask for one. To be called first thing in `main`, before there is a
  /// second thread.
  package static func runIfAsked(_ arguments: [String] = CommandLine.arguments) {
    if Array(arguments.dropFirst()) == [PosterSpawn.argument] { run() }
    offered.withLock { $0 = true }
  }

  private static func run() -> Never {
    // The service that started it decides when it ends: a signal to everybody must not cut what is under way.
    for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    // One byte stands for none, for collectors of dumps too (core(5)): what is posted must not lie about in files.
    var none = rlimit(rlim_cur: 1, rlim_max: 1)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    guard let hello = readHello() else { _exit(64) }
    hello.pass.prepareEnvironment()
    guard let loop = try? EventLoop(name: "poster") else { _exit(69) }
    let poster = Poster(hello, loop: loop)
    loop.execute { poster.start() }
    while true { pause() }
  }

  private static func readHello() -> PosterHello? {
    guard let head = read(4) else { return nil }
    let length = head.reduce(0) { $0 << 8 | Int($1) }
    guard (1...8_192).contains(length), let body = read(length) else { return nil }
    return try? PosterHello(body)
  }

  private static func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = recv(PosterSpawn.descriptor, &bytes, count, Int32(MSG_WAITALL))
    return received == count ? bytes : nil
  }
}

/// Posts what it is told to.
///
/// `@unchecked Sendable`: everything mutable is used on the loop's thread only.
private final class Poster: @unchecked Sendable {
  private let http: HTTPClient
  private let loop: EventLoop
  private var connection: TCPConnection?
  private var splitter = FrameSplitter(limit: PosterLimits.frameBytes)

  init(_ hello: PosterHello, loop: EventLoop) {
    self.loop = loop
    http = HTTPClient(
      HTTPClientConfiguration(perHostConcurrency: hello.concurrency, totalConcurrency: hello.concurrency),
      behind: hello.pass)
  }

  func start() {
    guard let connection = try? TCPConnection.adopt(PosterSpawn.descriptor, loop: loop, outboundLimit: 64 << 20) else {
      _exit(70)
    }
    self.connection = connection
    connection.onBytes = { self.received($0) }
    connection.onClose = { _ in _exit(0) }
    connection.write(PosterReport.ready)
    connection.resumeReading()
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    splitter.append(bytes)
    do {
      while let body = try splitter.next() {
        let order = try PosterOrder(body)
        // Owned by the process: it ends when nobody waits for the answers any more.
        loop.spawn { await self.post(order) }
      }
    } catch {
      _exit(65)
    }
  }

  private func post(_ order: PosterOrder) async {
    let outcome: PosterReport.Outcome
    do throws(OutboundFailure) {
      outcome = .success(try await http.send(order.request))
    } catch {
      outcome = .failure(error)
    }
    connection?.write(PosterReport(id: order.id, outcome: outcome).frame())
  }
}
