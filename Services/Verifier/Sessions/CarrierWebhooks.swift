import CarrierAPI
import Contracts
import Crypto
import HTTP
import Store
import Telemetry
import Workers

/// What the carrier asks and tells over HTTP: a call comes in, a call was recorded. The signature first, then what is to
/// last, then the answer.
struct CarrierWebhooks: Sendable {
  /// The longest body of a webhook.
  static let bodyLimit = 64 << 10

  let database: Database
  let carrier: any Carrier
  let keyring: SealingKeyring
  /// Where the carrier reaches this service.
  let publicURL: String
  let journal: VerificationJournal
  private let unsigned = UnsignedRequests()

  func register(_ routes: inout HTTPRoutes) {
    routes.on("POST", VoiceEdge.voice) { await respond($0, "voice", voice) }
    routes.on("POST", VoiceEdge.action) { await respond($0, "action", action) }
    routes.on("POST", VoiceEdge.recordings) { await respond($0, "recordings", recordings) }
  }

  private func respond(
    _ request: HTTPRequest, _ kind: String, _ handler: (CarrierCallEvent) async throws -> HTTPResponse
  ) async -> HTTPResponse {
    guard let parameters = carrier.signedParameters(of: request) else {
      count(kind, "unsigned")
      if let others = unsigned.admit(at: journal.clock.now) {
        journal.log.notice("carrier.unsigned", ["webhook": .string(kind), "others": .int(others)])
      }
      return .problem(
        403, code: "SIGNATURE_INVALID",
        detail: "The carrier's signature does not match. PUBLIC_URL must be the URL the carrier calls, to the letter.")
    }
    guard let event = CarrierCallEvent(parameters) else {
      count(kind, "unreadable")
      return .problem(400, code: "CALL_INVALID", detail: "CallSid is missing or is no id.")
    }
    do {
      let response = try await handler(event)
      count(kind, "answered")
      return response
    } catch {
      // The carrier then asks the fallback URL, which is the number's normal application.
      journal.log.error("carrier.webhook_failed", ["webhook": .string(kind), "error": .failure(error)])
      count(kind, "failed")
      return .problem(500, code: "NOT_STORED", detail: "This could not be stored: see the verifier's log.")
    }
  }

  // MARK: A call comes in

  /// Recorded when it is for a session, passed on to the number's normal application otherwise.
  private func voice(_ event: CarrierCallEvent) async throws -> HTTPResponse {
    guard let to = event.to else { return carrier.response(.reject(.rejected)) }
    let answer = try await database.write(.prompt) { [journal] connection in
      let now = journal.clock.now
      // The carrier asks again when an answer was lost: the same call is answered the same, and one that is over ends.
      if let known = try connection.call(event.callSID) { return known.isWaiting ? record : .hangup }
      guard let id = try connection.armedInterception(phoneNumber: to, now: now),
        let row = try connection.verification(id), row.state.isIntercepting,
        try connection.answeredCalls(of: id) < journal.times.answered
      else { return try passOn(to, connection) }
      try connection.insertCall(event.callSID, of: id, dueAt: now + journal.times.recording, now: now)
      _ = try journal.apply(.callAnswered, to: id, connection)
      connection.afterCommit { journal.notifier.announce() }
      return record
    }
    journal.log.info(
      "call.came", ["call": .string(event.callSID), "is_recorded": .bool(answer == record)])
    return carrier.response(answer)
  }

  private var record: VoiceAnswer {
    .record(action: publicURL + VoiceEdge.action, recordingStatus: publicURL + VoiceEdge.recordings)
  }

  /// A redirect, never a proxied request: the application checks the carrier's signature on its own URL.
  private func passOn(_ number: String, _ connection: Connection) throws -> VoiceAnswer {
    guard let normal = try connection.normalRoute(phoneNumber: number, keyring), !normal.url.isEmpty,
      normal.applicationSID.isEmpty, normal.trunkSID.isEmpty, !VoiceEdge.isOurs(normal.url, publicURL: publicURL)
    else { return .reject(.busy) }
    return .redirect(url: normal.url, method: normal.method)
  }

  // MARK: A call was recorded

  /// The recording has ended: there is nothing more to do with the call.
  private func action(_ event: CarrierCallEvent) async throws -> HTTPResponse {
    try await database.write { [journal] connection in
      let now = journal.clock.now
      guard let call = try connection.call(event.callSID), call.isWaiting else { return }
      // The status webhook that follows may be lost: then the carrier is asked.
      try connection.execute(
        "UPDATE calls SET due_at = min(due_at, ?) WHERE call_sid = ?", now + journal.times.lookup, event.callSID)
      connection.afterCommit { journal.notifier.announce() }
    }
    return carrier.response(.hangup)
  }

  private func recordings(_ event: CarrierCallEvent) async throws -> HTTPResponse {
    try await database.write { connection in
      guard let call = try connection.call(event.callSID), call.isWaiting else { return }
      switch event.recordingStatus {
      case .completed:
        guard let sid = event.recordingSID else { return }
        try announce(sid, of: call, connection)
      case .absent, .failed:
        try nothing(of: call, connection)
      case .inProgress, nil: break
      }
    }
    return HTTPResponse(status: 204)
  }

  /// A call has a recording: stored once, however often it is told.
  func announce(_ recordingSID: String, of call: AnsweredCall, _ connection: Connection) throws {
    let now = journal.clock.now
    try connection.insertRecording(recordingSID, of: call, now: now)
    connection.afterCommit { journal.notifier.announce() }
  }

  /// A call has none.
  func nothing(of call: AnsweredCall, _ connection: Connection) throws {
    try connection.execute("UPDATE calls SET state = 'silent' WHERE call_sid = ?", call.callSID)
    if try !connection.hasOpenCall(call.verificationID), try !connection.hasRecordingInWork(call.verificationID) {
      _ = try journal.apply(.nothingHeard, to: call.verificationID, reason: .noRecording, connection)
    }
  }

  private func count(_ kind: String, _ outcome: String) {
    journal.metrics.counter(
      "wss_verifier_carrier_webhooks_total", "Webhooks of the carrier by what became of them.",
      labels: ["webhook": kind, "outcome": outcome]
    ).increment()
  }
}
