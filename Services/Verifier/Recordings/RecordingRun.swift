import CarrierAPI
import Contracts
import Crypto
import Store
import Telemetry
import Workers

/// Takes one recording one step further: from the carrier to here, or from sound to a decision. Each step is one
/// commit, and what was done outside before it may be done again.
struct RecordingRun: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let carrier: CarrierRecordings
  let engines: Engines
  let steps: RecordingSteps
  let times: RecordingTimes

  var clock: WallClock { steps.journal.clock }
  private var log: Log { steps.journal.log }

  /// Nothing when the recording has left `state`, or is not due.
  func run(_ id: RecordingID, in state: RecordingRow.State) async throws {
    guard let row = try await database.read({ try $0.recording(id) }), row.state == state, let due = row.dueAt,
      due <= clock.now
    else { return }
    switch state {
    case .announced: try await fetch(row)
    case .stored: try await hear(row)
    case .heard, .unsure, .dropped, .deleted: try await rest(row)
    }
  }

  // MARK: Fetching

  private func fetch(_ row: RecordingRow) async throws {
    // Of a number that is verified nothing is kept, so nothing is fetched.
    guard let state = try await state(row), state != .verified else { return try await delete(row) }
    let found: CarrierAudio
    do throws(CarrierFailure) {
      found = try await carrier.fetch(row.recordingSID)
    } catch {
      try Task.checkCancellation()
      return try await later(row, error.message)
    }
    switch found {
    case .notYet: try await later(row, "the carrier does not have it yet")
    case .tooLong: try await drop(row, .notAudio, .recordingNotAudio, "it is longer than is read")
    case .audio(let bytes): try await store(row, bytes)
    }
  }

  private func later(_ row: RecordingRow, _ why: String) async throws {
    let (now, end) = (clock.now, row.createdAt + times.fetching)
    if now >= end, row.tries + 1 >= times.leastTries {
      return try await drop(row, .notFetched, .recordingNotFetched, why)
    }
    log.info(
      "recording.not_fetched",
      ["recording": .string(row.id.text), "tries": .int(row.tries + 1), "error": .string(why)])
    let next = now + times.pause(afterTries: row.tries)
    // The last try falls on the end, not before it.
    let due = now < end ? min(next, end) : next
    try await database.write { try $0.postponeRecording(row, until: due) }
  }

  private enum Checked: Sendable {
    case sound(milliseconds: Int64, sealed: String)
    case silence(milliseconds: Int64)
    case refused(String)
  }

  private func store(_ row: RecordingRow, _ bytes: [UInt8]) async throws {
    let checked = try await OffLoop.run { [keyring, times] () -> Checked in
      let file: WAVFile
      do throws(WAVRefusal) { file = try WAVFile(bytes) } catch { return .refused("\(error)") }
      let milliseconds = Int64(file.seconds * 1_000)
      guard milliseconds >= times.shortest else { return .refused("it lasts \(milliseconds) ms") }
      if file.isSilent { return .silence(milliseconds: milliseconds) }
      let sealed = keyring.seal(Secret(bytes), binding: RecordingRow.audioBinding(row.id))
      return .sound(milliseconds: milliseconds, sealed: sealed)
    }
    switch checked {
    case .refused(let why): try await drop(row, .notAudio, .recordingNotAudio, why)
    case .silence(let milliseconds):
      try await drop(row, .silent, .recordingSilent, "nobody can be heard", milliseconds: milliseconds)
    case .sound(let milliseconds, let sealed):
      try await keep(row, sealed, milliseconds: milliseconds)
    }
  }

  private func keep(_ row: RecordingRow, _ sealed: String, milliseconds: Int64) async throws {
    let now = clock.now
    let isKept = try await database.write { [steps] connection in
      guard let state = try connection.verification(row.verificationID)?.state, state != .verified else { return false }
      // Nobody needs the code of a verification that is over; somebody may want to hear what came.
      let due = state.isOpen ? now : nil
      guard
        try connection.storeRecording(row, audio: sealed, milliseconds: milliseconds, dueAt: due, now: now)
      else { return true }
      try steps.stored(row, connection)
      return true
    }
    guard isKept else { return try await delete(row) }
    log.info(
      "recording.stored",
      [
        "recording": .string(row.id.text), "verification": .string(row.verificationID.text),
        "milliseconds": .int64(milliseconds),
      ])
  }

  // MARK: Hearing

  private func hear(_ row: RecordingRow) async throws {
    guard let state = try await state(row), state.isOpen else { return try await rest(row) }
    guard let sealed = try await database.read({ try $0.sound(of: row.id) }) else {
      return try await drop(row, .notAudio, .recordingNotAudio, "nothing was stored")
    }
    let audio: (bytes: [UInt8], isSilent: Bool)
    do {
      audio = try await OffLoop.run { [keyring] in
        let bytes = try keyring.open(sealed, binding: RecordingRow.audioBinding(row.id)).bytes
        return (bytes, try WAVFile(bytes).isSilent)
      }
    } catch {
      log.error("recording.unreadable", ["recording": .string(row.id.text), "error": .failure(error)])
      return try await drop(row, .notAudio, .recordingNotAudio, "what was stored does not open")
    }
    let heard = await engines.hear(audio.bytes, isSilent: audio.isSilent)
    // Engines that were called off have not failed.
    try Task.checkCancellation()
    for answer in heard.answers {
      steps.measures.time(answer)
      if case .failure(let failure) = answer.result { tell(failure, of: answer.engine, row) }
    }
    try await decide(row, heard)
  }

  private func tell(_ failure: TranscriberFailure, of engine: String, _ row: RecordingRow) {
    log.notice(
      "engine.failed",
      [
        "engine": .string(engine), "recording": .string(row.id.text), "code": .string(failure.code),
        "error": .string("\(failure)"),
      ])
  }

  private func decide(_ row: RecordingRow, _ heard: Engines.Heard) async throws {
    let record = HearingRecord(heard)
    log.info(
      "recording.heard",
      [
        "recording": .string(row.id.text), "verification": .string(row.verificationID.text),
        "verdict": .string(record.code == nil ? "unsure" : "sure"), "why": .optional(record.why),
        "engines": .string(heard.answers.map(\.engine).joined(separator: " ")),
        "engine_milliseconds": .int(heard.answers.reduce(0) { $0 + $1.milliseconds }),
      ])
    switch heard.hearing {
    case .sure(let code, _): try await sure(row, record, code)
    case .listener(_, let doubt):
      let (sealed, now) = (try record.sealed(of: row.id, keyring), clock.now)
      try await database.write { [steps] connection in
        guard try connection.hearRecording(row, as: .unsure, hearing: sealed, now: now) else { return }
        try steps.unsure(row, doubt, connection)
      }
    case .noCode(.silence): try await drop(row, .silent, .recordingSilent, "nobody can be heard")
    case .noCode(.noAnnouncement): try await drop(row, .noCode, .callWithoutCode, "no announcement of a code")
    }
  }

  private func sure(_ row: RecordingRow, _ record: HearingRecord, _ code: String) async throws {
    var (late, rivalled) = (record, record)
    late.demote("CAME_TOO_LATE")
    rivalled.demote(HearingDoubt.rival.rawValue)
    let (sealed, sealedLate) = (try record.sealed(of: row.id, keyring), try late.sealed(of: row.id, keyring))
    let sealedRivalled = try rivalled.sealed(of: row.id, keyring)
    let now = clock.now
    try await database.write { [steps, keyring] connection in
      // The code of one recording is handed in: of another it is a guess for whoever listens.
      let hasGone = try connection.recording(row.id)?.state != .stored
      if hasGone { return }
      // One of two calls was not Meta's, and which is for a person to tell.
      if try steps.hasRival(row, code, keyring, connection) {
        if try connection.hearRecording(row, as: .unsure, hearing: sealedRivalled, now: now) {
          try steps.unsure(row, .rival, holdsBack: true, connection)
        }
        return
      }
      let isTaken = try steps.heard(row, connection)
      _ = try connection.hearRecording(
        row, as: isTaken ? .heard : .unsure, hearing: isTaken ? sealed : sealedLate, now: now)
      if !isTaken { try steps.late(row, connection) }
    }
  }

  // MARK: Ends

  private func state(_ row: RecordingRow) async throws -> Verification.State? {
    try await database.read { try $0.verification(row.verificationID)?.state }
  }

  private func drop(
    _ row: RecordingRow, _ outcome: RecordingOutcome, _ reason: SenderReason, _ why: String, milliseconds: Int64? = nil
  ) async throws {
    let now = clock.now
    let isDropped = try await database.write { [steps] connection in
      guard try connection.dropRecording(row, milliseconds: milliseconds, now: now) else { return false }
      try steps.nothing(row, outcome, reason, connection)
      return true
    }
    guard isDropped else { return }
    log.info(
      "recording.dropped",
      [
        "recording": .string(row.id.text), "verification": .string(row.verificationID.text),
        "outcome": .string(outcome.rawValue), "why": .string(why),
      ])
  }

  /// Without a consequence for its verification, which has reached its purpose or is forgotten.
  private func delete(_ row: RecordingRow) async throws {
    let now = clock.now
    try await database.write { [steps] connection in
      try connection.deleteRecordings(of: row.verificationID, now: now)
      connection.afterCommit { steps.journal.notifier.announce() }
    }
  }

  private func rest(_ row: RecordingRow) async throws { try await database.write { try $0.rest(row) } }
}
