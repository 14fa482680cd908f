import CarrierAPI

/// What recordings need of the carrier: their sound, and that it forgets them. Both by the recording's id; an address
/// that somebody sent is never called.
struct CarrierRecordings: Sendable {
  let fetch: @Sendable (_ sid: String) async throws(CarrierFailure) -> CarrierAudio
  /// One that is gone is no failure.
  let delete: @Sendable (_ sid: String) async throws(CarrierFailure) -> Void

  /// Of a carrier; nil where none is configured any more: its recordings are given up in time.
  init(_ carrier: (any Carrier)?) {
    fetch = { sid throws(CarrierFailure) in
      guard let carrier else { throw Self.missing }
      return try await carrier.recording(sid: sid)
    }
    delete = { sid throws(CarrierFailure) in
      guard let carrier else { throw Self.missing }
      try await carrier.deleteRecording(sid: sid)
    }
  }

  private static var missing: CarrierFailure { .unknown("no carrier is configured") }
}
