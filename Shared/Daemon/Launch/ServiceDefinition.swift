package import Wire

/// A service as the daemon runs it: its settings, and what happens at start and stop.
///
/// Order: `settings` → `prepareEnvironment` → `init` (open the store, build) → `start` (listen, work) …
/// stop asked → `drain` while listeners drain → `stop` → stores close.
package protocol ServiceDefinition: Sendable {
  associatedtype Settings: Sendable

  /// The name peers, logs and files know it by.
  static var name: ServiceName { get }

  /// Reads every key of this service, once.
  static func settings(_ reader: inout SettingsReader) -> Settings

  /// Runs before any thread exists, the only moment at which the process's environment may be changed.
  static func prepareEnvironment(_ settings: inout Settings, _ common: CommonSettings) throws

  /// Opens the store and builds the parts. Nothing outside is called yet.
  init(settings: Settings, runtime: ServiceRuntime) async throws

  /// Starts listening and working. Must not wait for a peer.
  func start() async throws

  /// Whether it can do its own job, and what is missing. Asked for by `/readyz`.
  func readiness() async -> Readiness

  /// Takes no new work and finishes what runs, within the limit. Listeners drain at the same time.
  func drain(within limit: Duration) async

  /// Lets go of everything. The stores the runtime opened are closed after it.
  func stop() async
}

extension ServiceDefinition {
  package static func prepareEnvironment(_ settings: inout Settings, _ common: CommonSettings) throws {}
  package func readiness() async -> Readiness { .ready }
  package func drain(within limit: Duration) async {}
  package func stop() async {}
}
