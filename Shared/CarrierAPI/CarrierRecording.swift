import JSON

/// A recording the carrier keeps.
package struct CarrierRecording: Sendable, Equatable {
  package var sid: String
  /// `processing`, `completed`, `absent` …, as the carrier spells it.
  package var status: String

  init?(_ node: JSONNode) {
    guard let sid = node["sid"]?.string, CarrierCallEvent.isID(sid) else { return nil }
    self.sid = sid
    status = node["status"]?.string ?? ""
  }
}

/// What a request for a recording's sound brought.
package enum CarrierAudio: Sendable, Equatable {
  /// Whatever the carrier calls it: the caller must look whether it is sound.
  case audio([UInt8])
  /// The carrier does not have it, or not yet: for a moment after it was announced that is usual.
  case notYet
  /// Longer than is read here.
  case tooLong
}
