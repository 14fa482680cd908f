import Workers
import Telemetry
import Daemon
import Contracts
import Crypto
import HTTP
import Outbound
import Store
import Synchronization
import TestSupport
import VerifierHarness
import Wire

@testable import Verifier

/// The real service beside a carrier and a speech server that are played, with verifications whose call was answered.
final class RecordingStage: Sendable {
  static let number = "+14155550125"

  let harness: VerifierHarness
  let carrier: ScriptedCarrier
  let engine: HearingDouble
  private let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
  private let hasEnded = Mutex(false)

  private init(_ harness: VerifierHarness, _ carrier: ScriptedCarrier, _ engine: HearingDouble) {
    self.harness = harness
    self.carrier = carrier
    self.engine = engine
  }

  static func run(
    hearing words: HearingDouble.Words = .sure, withEngine: Bool = true, settings: [String: String] = [:],
    _ body: (RecordingStage) async throws -> Void
  ) async throws {
    let carrier = try await ScriptedCarrier()
    let engine = try await HearingDouble(words)
    let all = Self.settings(carrier, withEngine ? engine : nil).merging(settings) { _, new in new }
    let stage = RecordingStage(try await VerifierHarness(settings: all), carrier, engine)
    do { try await body(stage) } catch {
      await stage.stop()
      throw error
    }
    await stage.stop()
  }

  private static func settings(_ carrier: ScriptedCarrier, _ engine: HearingDouble?) -> [String: String] {
    carrier.settings.filter { $0.key != "CARRIER_RETRY" && $0.key != "CARRIER_TRIES" }
      .merging(engine?.settings ?? [:]) { _, new in new }
  }

  private func stop() async {
    http.close()
    if hasEnded.withLock({ $0 }) {
      await harness.registry.stop()
      await harness.graph.stop()
    } else {
      await harness.stop()
    }
    await carrier.stop()
    await engine.stop()
  }

  /// Ends the service at once.
  func end() async {
    hasEnded.withLock { $0 = true }
    await harness.host.stop(within: .milliseconds(50))
  }

  /// Ends the service at once, lets `meanwhile` happen, and starts another on the same files.
  func restarted(
    meanwhile: () async throws -> Void = {}, _ body: (RecordingStage) async throws -> Void
  ) async throws {
    await end()
    try await meanwhile()
    let next = RecordingStage(
      try await VerifierHarness(after: harness, settings: Self.settings(carrier, engine)), carrier, engine)
    defer { next.http.close() }
    do { try await body(next) } catch {
      await next.harness.stop(withOutside: false)
      throw error
    }
    await next.harness.stop(withOutside: false)
  }

  var database: Database { get throws { try harness.database } }
  var now: Int64 { harness.clock.now }

  // MARK: What happens

  /// A verification by machine whose first call, `CA1`, is being recorded.
  func begin(phoneNumber: String = RecordingStage.number, sender: SenderID = VerifierHarness.platform) async throws
    -> VerificationID
  {
    let now = now
    let id = VerificationID(trusted: "ver_" + ULID.make(milliseconds: now))
    try await database.write { connection in
      var row = VerificationRow(
        id: id, accountID: VerifierHarness.account, senderID: sender, method: .voice, language: "en_US",
        answeredBy: .machine, phoneNumber: phoneNumber, dueAt: now + 120_000, now: now)
      try connection.insert(row)
      row.state = .callAnswered
      row.calls = 1
      row.armedAt = now
      row.deadlineAt = now + 300_000
      try connection.update(row)
      if phoneNumber == Self.number { try connection.insertCall("CA1", of: id, dueAt: now + 95_000, now: now) }
    }
    return id
  }

  /// Another call is answered.
  func call(_ sid: String, of id: VerificationID) async throws {
    let now = now
    try await database.write { try $0.insertCall(sid, of: id, dueAt: now + 95_000, now: now) }
  }

  /// The carrier keeps a recording of a call and tells of it.
  func record(
    _ audio: [UInt8], as sid: String = "RE1", of call: String = "CA1", absences: Int = 0
  ) async throws {
    carrier.keep(audio, as: sid, of: call, absences: absences)
    try await announce(sid, of: call)
  }

  func announce(_ sid: String, of call: String = "CA1") async throws {
    let now = now
    try await database.write { connection in
      guard let answered = try connection.call(call) else { throw StoreFailure(.misuse, "no call \(call)") }
      try connection.insertRecording(sid, of: answered, now: now)
    }
    try wake()
  }

  func wake() throws { try harness.service.wakeWorkers() }

  func pass(_ time: Duration) throws {
    harness.clock.advance(by: time)
    try wake()
  }

  // MARK: What is true

  /// How often the account is told that somebody must listen; the registry that is played takes no such events.
  func callsForListeners() async throws -> Int {
    let payloads = try await database.read {
      try $0.all("SELECT CAST(payload AS TEXT) FROM registry_outbox") { try $0.text(0) }
    }
    return payloads.count { $0.contains("verification.needs_a_listener") }
  }

  func row(_ sid: String = "RE1") async throws -> RecordingRow {
    let row = try await database.read { connection in
      try connection.first(
        "SELECT \(RecordingRow.columns) FROM recordings WHERE recording_sid = ?", sid, map: RecordingRow.init)
    }
    guard let row else { throw TimedOut(waitingFor: "the recording \(sid)", limit: .zero) }
    return row
  }

  @discardableResult
  func reaches(_ state: RecordingRow.State, _ sid: String = "RE1") async throws -> RecordingRow {
    try await eventually("the recording \(sid) to be \(state.rawValue)") { try await row(sid).state == state }
    return try await row(sid)
  }

  @discardableResult
  func reaches(_ state: Verification.State, _ id: VerificationID) async throws -> Verification {
    try await eventually("the verification to be \(state.rawValue)") { try await harness.get(id).state == state }
    return try await harness.get(id)
  }

  /// The carrier has forgotten everything, and we know.
  func carrierIsEmpty() async throws {
    try await eventually("the carrier to have nothing left") {
      let left = try await database.read {
        try $0.first("SELECT count(*) FROM recordings WHERE is_at_carrier = 1") { try $0.int(0) }
      }
      return carrier.recordings.isEmpty && left == 0
    }
  }

  /// Sounds and hearings in the store.
  func kept() async throws -> (sounds: Int, hearings: Int) {
    try await database.read { connection in
      let sounds = try connection.first("SELECT count(*) FROM recording_sounds") { try $0.int(0) } ?? 0
      let hearings = try connection.first("SELECT count(hearing) FROM recordings") { try $0.int(0) } ?? 0
      return (sounds, hearings)
    }
  }

  func list(_ id: VerificationID) async throws -> [VerificationRecording] {
    try await harness.call(VerifierAPI.ListRecordings(id: id)).data
  }

  func steps(_ id: VerificationID) async throws -> [String] {
    try await database.read { try $0.steps(of: id, after: 0, limit: 50).map(\.row.event) }
  }

  func metrics() async throws -> String {
    let response = try await get("http://127.0.0.1:\(harness.host.ports.private)/metrics")
    return String(decoding: response.body, as: UTF8.self)
  }

  func get(
    _ url: String, method: String = "GET", headers: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
    var request = OutboundRequest(method: method, url: url, headers: headers)
    request.limits = OutboundLimits(responseBytes: 8 << 20)
    return try await http.send(request)
  }
}
