/// The first frame of each side: who it claims to be and what it can take. Believed once the proof is right.
package struct Hello: Sendable, Equatable {
  package var service: ServiceName
  /// Protocol versions it speaks.
  package var versions: ClosedRange<Int>
  /// The longest frame it accepts, in bytes.
  package var frameBytes: Int
  /// Requests it works on at a time for this connection.
  package var inFlight: Int
  package var keyID: String
  /// 32 random bytes.
  package var nonce: [UInt8]

  package init(
    service: ServiceName, versions: ClosedRange<Int> = Hello.spokenVersions, frameBytes: Int, inFlight: Int,
    keyID: String, nonce: [UInt8]
  ) {
    self.service = service
    self.versions = versions
    self.frameBytes = frameBytes
    self.inFlight = inFlight
    self.keyID = keyID
    self.nonce = nonce
  }

  /// The versions this code speaks.
  package static let spokenVersions = 1...1
  /// Every peer can take frames of this size: what the handshake itself needs.
  package static let smallestFrameBytes = 4_096

  /// The highest version both speak.
  func version(with other: Hello) -> Int? {
    let highest = min(versions.upperBound, other.versions.upperBound)
    return highest >= max(versions.lowerBound, other.versions.lowerBound) ? highest : nil
  }
}
