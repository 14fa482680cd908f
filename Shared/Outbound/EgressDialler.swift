import Transport

/// Resolves a target, judges every address, and dials one of exactly those it judged.
struct EgressDialler: Sendable {
  typealias Resolve = @Sendable (_ host: String, _ port: Int) async throws(TransportFailure) -> [SocketAddress]

  let rules: EgressRules
  let loop: EventLoop
  let resolve: Resolve
  private let own: OwnAddresses

  init(rules: EgressRules, loop: EventLoop, resolve: @escaping Resolve) {
    self.rules = rules
    self.loop = loop
    self.resolve = resolve
    own = OwnAddresses(rules, resolve: resolve)
  }

  enum Outcome: Sendable {
    case connected(TCPConnection, SocketAddress)
    case failed(EgressNote)
  }

  func dial(host: String, port: Int, isTLS: Bool, within limit: Duration) async -> Outcome {
    let deadline = MonotonicClock.now + limit.nanoseconds
    let isOperators = rules.isOperatorHost(host, port)
    if !isOperators, let why = rules.decide(host: host, port: port, isTLS: isTLS) { return .failed(.denied(why)) }
    let addresses: [SocketAddress]
    do throws(TransportFailure) {
      addresses = try await resolve(host, port)
    } catch {
      if case .overloaded = error { return .failed(.overloaded) }
      return .failed(.unresolved)
    }
    if addresses.isEmpty { return .failed(.unresolved) }
    // One address inside is enough to refuse: the next look-up might return only that one.
    if !isOperators, !addresses.allSatisfy({ rules.allows($0.bytes) && $0.scope == 0 && Int($0.port) == port }) {
      return .failed(.denied(.privateAddress))
    }
    if !isOperators, await own.contain(anyOf: addresses) { return .failed(.denied(.ownHost)) }
    return await connect(addresses, deadline)
  }

  private func connect(_ addresses: [SocketAddress], _ deadline: Int64) async -> Outcome {
    var note = EgressNote.refused
    for (index, address) in addresses.enumerated() {
      let left = deadline - MonotonicClock.now
      if left <= 0 || Task.isCancelled { return .failed(.connectTimeout) }
      do throws(TransportFailure) {
        let share = Duration.nanoseconds(left / Int64(addresses.count - index))
        return .connected(try await TCPConnector.connect(loop, to: address, timeout: share), address)
      } catch {
        if error == .connectTimeout { note = .connectTimeout }
      }
    }
    return .failed(note)
  }
}
