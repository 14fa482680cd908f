import JSON
import Outbound

extension CarrierClient {
  /// The longest recording that is read, in bytes: 90 seconds of telephone sound are 1.5 MB.
  package static let longestRecording = 4 << 20

  /// A recording's sound. The address is made here from the id, never taken from a callback: whoever forged one would
  /// be sent the account's credentials.
  package func recording(sid: String) async throws(CarrierFailure) -> CarrierAudio {
    var limits = settings.limits
    limits.whole = .seconds(15)
    limits.responseBytes = Self.longestRecording
    let response = try await send("GET", recordingPath(sid, "wav"), accept: "audio/wav, audio/*;q=0.9", limits: limits)
    if response.status == 404 { return .notYet }
    guard response.status == 200 else {
      // Not the sound: an error, or an answer that proves nothing.
      _ = try read(response)
      throw .unknown("HTTP \(response.status) instead of a recording")
    }
    return response.isTruncated ? .tooLong : .audio(response.body)
  }

  /// Has the carrier forget a recording. Doing it twice is the same as once.
  package func deleteRecording(sid: String) async throws(CarrierFailure) {
    do throws(CarrierFailure) {
      _ = try await call("DELETE", recordingPath(sid, "json"))
    } catch {
      if case .answered(let refusal) = error, refusal.isNotFound { return }
      throw error
    }
  }

  /// The recordings of a call, for when the callback that announces one was lost.
  package func recordings(ofCall callSID: String) async throws(CarrierFailure) -> [CarrierRecording] {
    let answer = try await document(
      "GET", path("/Recordings.json"), query: [("CallSid", callSID), ("PageSize", "20")])
    guard let list = answer.root["recordings"] else { throw .unknown("the answer has no list") }
    return list.elements.compactMap { node in
      // A carrier that does not know the filter answers with everybody's.
      if let owner = node["call_sid"]?.string, owner != callSID { return nil }
      return CarrierRecording(node)
    }
  }

  private func recordingPath(_ sid: String, _ suffix: String) -> String {
    path("/Recordings/\(FormEncoding.encode(sid)).\(suffix)")
  }
}
