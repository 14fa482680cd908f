import Daemon
import HTTP
import Store
import Synchronization
import Telemetry
import TestSupport
import Transport
import Wire
import Workers

/// A small but whole service: a store, both listeners, a peer; it logs what happens to it.
final class ProbeService: ServiceDefinition {
  struct Settings: Sendable {
    var greeting: String
    var failure: String?
    var isEnvironmentPrepared = false
  }

  static let name = ServiceName("probe")
  let database: Database
  let settings: Settings
  let runtime: ServiceRuntime
  let readinessNow = Mutex(Readiness.ready)
  let drained = Latch()

  static func settings(_ reader: inout SettingsReader) -> Settings {
    Settings(
      greeting: reader.string("GREETING", default: "hello", help: "What / answers."),
      failure: reader.optionalString("FAILURE", help: "Where to fail: init, start or handlers."))
  }

  static func prepareEnvironment(_ settings: inout Settings, _ common: CommonSettings) throws {
    settings.isEnvironmentPrepared = true
  }

  init(settings: Settings, runtime: ServiceRuntime) async throws {
    self.settings = settings
    self.runtime = runtime
    runtime.log.notice("probe.init")
    database = try await runtime.openDatabase(
      migrations: [Migration("notes", sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")],
      sealed: [SealedColumn("notes", "text")])
    if settings.failure == "init" { throw ProbeFailure() }
  }

  func start() async throws {
    runtime.log.notice("probe.start")
    runtime.peer(.receipts).keepConnected()
    let calls: [any Call.Type] = settings.failure == "handlers" ? [ProbeCall.self] : []
    try await runtime.startRPC(router: Router(), serving: calls)
    let greeting = settings.greeting
    try await runtime.startHTTP(bodyLimit: { _ in 16 }) { [runtime] _ in
      runtime.log.info("probe.asked")
      return HTTPResponse.text(greeting)
    }
    if settings.failure == "start" { throw ProbeFailure() }
  }

  func readiness() async -> Readiness { readinessNow.withLock { $0 } }

  func drain(within limit: Duration) async {
    runtime.log.notice("probe.drain")
    drained.open()
  }

  func stop() async {
    runtime.log.notice("probe.stop")
    // The store is still open here.
    let rows = try? await database.read { try $0.first("SELECT count(*) FROM notes", map: { try $0.int(0) }) }
    runtime.log.notice("probe.rows", ["count": .int(rows ?? -1)])
  }
}

struct ProbeFailure: Error, CustomStringConvertible {
  let description = "the probe was told to fail"
}

struct ProbeCall: Call {
  typealias Reply = String
  static let method = "probe.note.get"
  static let summary = "Reads a note."
  static let callers: Set<ServiceName> = [.receipts]
}
