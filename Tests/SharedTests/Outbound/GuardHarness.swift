import Outbound
import Synchronization
import Transport

/// A running guard with a resolver the test scripts, and what it reported.
final class GuardHarness: Sendable {
  let egress: EgressGuard
  let reservation: EgressReservation
  let loop: EventLoop
  private let box: Box

  private final class Box: Sendable { let reports = Mutex(Reports()) }

  struct Reports {
    var lookups: [String] = []
    var dialled: [String] = []
    var denied: [EgressDenial] = []
    var strangers = 0
  }

  /// `names` gives the addresses for the nth look-up of a name, counted from 0; an unlisted name has none.
  init(
    _ rules: EgressRules, limits: EgressLimits = EgressLimits(), reservation: EgressReservation? = nil,
    names: @escaping @Sendable (_ host: String, _ count: Int) -> [String] = { _, _ in [] }
  ) async throws {
    let box = Box()
    self.box = box
    let reserved = try reservation ?? EgressReservation()
    self.reservation = reserved
    loop = try EventLoop(name: "guard-test")
    egress = try EgressGuard(
      rules: rules, reservation: reserved, loop: loop, limits: limits,
      observer: EgressObserver(
        dialled: { target, address in box.reports.withLock { $0.dialled.append("\(target) \(address)") } },
        denied: { _, why in box.reports.withLock { $0.denied.append(why) } },
        stranger: { box.reports.withLock { $0.strangers += 1 } }),
      resolve: { host, port async throws(TransportFailure) in
        if let literal = try? SocketAddress(host: host, port: port) { return [literal] }
        let count = box.reports.withLock { reports in
          reports.lookups.append(host)
          return reports.lookups.count { $0 == host } - 1
        }
        let found = names(host, count)
        if found.isEmpty { throw TransportFailure.unresolved(host: host, reason: "not in the test's list") }
        return try found.map { text throws(TransportFailure) in try SocketAddress(host: text, port: port) }
      })
    try await egress.start()
  }

  func seen() -> Reports { box.reports.withLock { $0 } }

  func stop() async {
    await egress.close()
    loop.stop()
  }
}
