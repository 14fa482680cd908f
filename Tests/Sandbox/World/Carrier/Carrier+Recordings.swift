import HTTP
import JSON
import Synchronization
import Telemetry

/// Calls and recordings over REST.
extension Carrier {
  /// Calls that match `To` and `Status` (`in-progress` when absent); those put there by hand, and those being played.
  func calls(_ query: [String: String], _ size: Int) -> HTTPResponse {
    let wanted = query["Status"] ?? "in-progress"
    let byHand = state.withLock { $0.sorted }.filter { number in
      number.isInCall && wanted == "in-progress" && (query["To"].map { $0 == number.phone.e164 } ?? true)
    }
    let byHandRows = byHand.map { number -> JSONValue in
      [
        "sid": .string(CarrierState.sid("CA")), "to": .string(number.phone.e164), "from": "+16505550100",
        "status": "in-progress", "direction": "inbound",
      ]
    }
    let to = query["To"].flatMap { PhoneDigits($0) }
    let played = query["To"] != nil && to == nil ? [] : log.calls(to: to)
    let rows = played.reversed().filter { $0.status == wanted }.map(describe)
    return .json([
      "page_size": .integer(size), "next_page_uri": .null, "calls": .array(Array((byHandRows + rows).prefix(size))),
    ])
  }

  func readCall(_ sid: String) throws(CarrierFailure) -> HTTPResponse {
    guard let record = log[sid] else { throw .notFound("/Calls/\(sid).json") }
    return .json(describe(record))
  }

  func listRecordings(of call: String?, _ size: Int) -> HTTPResponse {
    let all = recordings.recordings(of: call)
    return .json([
      "page": 0, "page_size": .integer(size), "next_page_uri": .null,
      "recordings": .array(all.prefix(size).map(describe)),
    ])
  }

  func readRecording(_ sid: String) throws(CarrierFailure) -> HTTPResponse {
    guard let recording = recordings[sid] else { throw .notFound("/Recordings/\(sid).json") }
    return .json(describe(recording))
  }

  /// 404 for a while after the callback, as in life.
  func recordingFile(_ sid: String) throws(CarrierFailure) -> HTTPResponse {
    guard let recording = recordings[sid], let moment = recording.availableFrom, moment <= .now else {
      throw .notFound("/Recordings/\(sid)")
    }
    return HTTPResponse(status: 200, bytes: WAV.file(recording.samples), contentType: "audio/x-wav")
  }

  func deleteRecording(_ sid: String) throws(CarrierFailure) -> HTTPResponse {
    guard recordings.delete(sid) else { throw .notFound("/Recordings/\(sid).json") }
    return HTTPResponse(status: 204)
  }

  private func describe(_ record: CallRecord) -> JSONValue {
    let seconds = record.endedAt.map { String(max(0, $0 - record.at) / 1_000) }
    return [
      "sid": .string(record.sid), "account_sid": .string(accountSID), "to": .string(record.to.e164),
      "from": .string(record.from), "status": .string(record.status), "direction": "inbound",
      "start_time": .string(RFC2822.format(milliseconds: record.at)),
      "end_time": .optional(record.endedAt.map { RFC2822.format(milliseconds: $0) }), "duration": .optional(seconds),
      "parent_call_sid": .null, "answered_by": .null, "api_version": "2010-04-01",
      "uri": .string("\(Self.prefix)Accounts/\(accountSID)/Calls/\(record.sid).json"),
    ]
  }

  private func describe(_ recording: CarrierRecording) -> JSONValue {
    let path = "\(Self.prefix)Accounts/\(accountSID)/Recordings/\(recording.sid)"
    let started = RFC2822.format(milliseconds: recording.started)
    return [
      "sid": .string(recording.sid), "account_sid": .string(accountSID), "call_sid": .string(recording.callSID),
      "status": recording.availableFrom == nil ? "processing" : "completed",
      "duration": .string(String(recording.seconds)), "channels": 1, "source": "RecordVerb", "error_code": .null,
      "start_time": .string(started), "date_created": .string(started), "price": .null, "encryption_details": .null,
      "api_version": "2010-04-01", "uri": .string(path + ".json"),
      "media_url": .string(url(ofRecording: recording.sid)),
    ]
  }
}
