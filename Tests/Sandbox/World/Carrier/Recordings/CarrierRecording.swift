/// A recording the carrier keeps until it is deleted. A value.
struct CarrierRecording: Sendable {
  let sid: String
  let callSID: String
  /// µ-law at 8 kHz: half of what it takes as a file.
  let samples: [UInt8]
  /// Milliseconds since 1970.
  let started: Int64
  /// From when on the file can be fetched; nil while the callback is on its way.
  var availableFrom: ContinuousClock.Instant?

  var seconds: Int { Self.seconds(samples.count) }

  /// Whole seconds, as the carrier tells and bills them.
  static func seconds(_ samples: Int) -> Int { (samples + CallSound.rate - 1) / CallSound.rate }
}
