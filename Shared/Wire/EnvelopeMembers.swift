import Crypto
import JSON

/// Members of frames, read strictly.
extension JSONNode {
  func id() throws(FrameFailure) -> Int64 { try integer("id", in: Envelope.ids) }

  func integer(_ name: String, in range: ClosedRange<Int64>) throws(FrameFailure) -> Int64 {
    guard let value = self[name]?.int64, range.contains(value) else {
      throw .badMember("\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// An optional string of 1 to 255 bytes; null is as good as absent.
  func text(_ name: String) throws(FrameFailure) -> String? {
    guard let member = self[name], !member.isNull else { return nil }
    guard let value = member.string, (1...255).contains(value.utf8.count) else {
      throw .badMember("\(name) must be a string of 1 to 255 bytes")
    }
    return value
  }

  func base64(_ name: String, count: Int) throws(FrameFailure) -> [UInt8] {
    guard let text = self[name]?.string, let bytes = Base64.decode(text), bytes.count == count else {
      throw .badMember("\(name) must be the base64 of \(count) bytes")
    }
    return bytes
  }
}

extension Hello {
  init(_ frame: JSONNode) throws(FrameFailure) {
    guard let name = frame["service"]?.string, ServiceName(name).isValid else {
      throw .badMember("service must be a service name")
    }
    guard let keyID = frame["key_id"]?.string, PairKeys.isKeyID(keyID) else {
      throw .badMember("key_id must be 1 to 64 of a-z 0-9 . _ -")
    }
    let lowest = try frame.integer("version_min", in: 1...65_535)
    let highest = try frame.integer("version_max", in: lowest...65_535)
    self.init(
      service: ServiceName(name), versions: Int(lowest)...Int(highest),
      frameBytes: Int(try frame.integer("frame_bytes", in: Int64(Hello.smallestFrameBytes)...0xFFFF_FFFF)),
      inFlight: Int(try frame.integer("in_flight", in: 1...1_000_000)), keyID: keyID,
      nonce: try frame.base64("nonce", count: 32))
  }
}

extension Goaway {
  init(_ frame: JSONNode) throws(FrameFailure) {
    guard let reason = frame["reason"]?.string, (1...64).contains(reason.utf8.count) else {
      throw .badMember("reason must be a string of 1 to 64 bytes")
    }
    var within: Int64 = 0
    if frame["within_ms"] != nil {
      within = try frame.integer("within_ms", in: 0...Envelope.longestTimeoutMilliseconds)
    }
    self.init(
      reason: reason, message: String((frame["message"]?.string ?? "").prefix(512)), withinMilliseconds: Int(within))
  }
}
