import Transport

/// The addresses that this platform is reached at: a name of a stranger's that leads there is a loop as well.
actor OwnAddresses {
  /// What was found is used so long; a look-up that failed is made again after the shorter time.
  private static let (fresh, retry) = (Duration.seconds(60), Duration.seconds(5))

  private let names: [String]
  private let literals: Set<[UInt8]>
  private let resolve: EgressDialler.Resolve
  /// By name, as last found: a failed look-up forgets nothing.
  private var found: [String: Set<[UInt8]>] = [:]
  private var dueAt = Int64.min
  /// At most one at a time, owned here; it ends with its look-ups.
  private var reading: Task<Void, Never>?

  init(_ rules: EgressRules, resolve: @escaping EgressDialler.Resolve) {
    let hosts = rules.deniesOwnAddresses ? rules.denyHosts : []
    let literals = hosts.compactMap { try? SocketAddress(host: $0, port: 0).bytes }
    self.literals = Set(literals)
    names = hosts.filter { (try? SocketAddress(host: $0, port: 0)) == nil }.sorted()
    self.resolve = resolve
  }

  /// Waits for a look-up only as long as nothing was ever found.
  func contain(anyOf addresses: [SocketAddress]) async -> Bool {
    if !names.isEmpty, reading == nil, MonotonicClock.now >= dueAt { reading = Task { await read() } }
    if found.isEmpty, let reading { await reading.value }
    return addresses.contains { address in
      literals.contains(address.bytes) || found.values.contains { $0.contains(address.bytes) }
    }
  }

  private func read() async {
    var pause = Self.fresh
    for name in names {
      do throws(TransportFailure) {
        found[name] = Set(try await resolve(name, 443).map(\.bytes))
      } catch {
        pause = Self.retry
      }
    }
    dueAt = MonotonicClock.now + pause.nanoseconds
    reading = nil
  }
}
