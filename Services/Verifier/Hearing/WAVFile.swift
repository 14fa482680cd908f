/// A checked recording: what a WAV file says of itself, and how loud it is. Pure.
///
/// Lenient where carriers and recorders differ: order of chunks, missing padding, sizes that were not known when the
/// file was begun (0, 0xFFFFFFFF, or beyond the end).
struct WAVFile: Sendable, Equatable {
  enum Encoding: Sendable, Equatable { case pcm16, muLaw, aLaw }

  /// A minute and a half is what a call is recorded for at most, and some seconds more.
  static let longest = 100.0

  let encoding: Encoding
  let channels: Int
  let sampleRate: Int
  let seconds: Double
  /// The largest sample, 0…1.
  let peak: Double
  /// The effective value (RMS) of the whole, 0…1.
  let loudness: Double
  /// The effective value of its loudest tenth of a second.
  let loudestMoment: Double

  /// -60 dBFS: below the noise of a quiet line, far below any voice (-26 dBFS is usual).
  static let silence = 0.001

  /// Nobody can be heard.
  var isSilent: Bool { loudestMoment < Self.silence }

  init(_ bytes: [UInt8], longest: Double = WAVFile.longest) throws(WAVRefusal) {
    let chunks = try RIFFChunks(bytes)
    guard let samples = chunks.samples else { throw .noSamples }
    guard let format = chunks.format else { throw .noFormat }
    guard format.count >= 16 else { throw .badFormat }
    func word(_ at: Int) -> Int { Int(bytes[format.lowerBound + at]) | Int(bytes[format.lowerBound + at + 1]) << 8 }
    var tag = word(0)
    // WAVE_FORMAT_EXTENSIBLE: the real one starts the sub-format, 24 bytes in.
    if tag == 0xFFFE {
      guard format.count >= 26 else { throw .badFormat }
      tag = word(24)
    }
    let bits = word(14)
    switch (tag, bits) {
    case (1, 16): encoding = .pcm16
    case (6, 8): encoding = .aLaw
    case (7, 8): encoding = .muLaw
    case (1, _), (6, _), (7, _): throw bits == 0 ? .badFormat : .encoding(tag)
    default: throw .encoding(tag)
    }
    channels = word(2)
    guard (1...2).contains(channels) else { throw .channels(channels) }
    sampleRate = word(4) | word(6) << 16
    guard (8_000...48_000).contains(sampleRate) else { throw .sampleRate(sampleRate) }
    let frameBytes = channels * bits / 8
    guard word(12) == frameBytes else { throw .badFormat }
    let frames = samples.count / frameBytes
    guard frames > 0 else { throw .noSamples }
    seconds = Double(frames) / Double(sampleRate)
    guard seconds <= longest else { throw .tooLong(Int(min(seconds, 1e9).rounded(.up))) }
    let values = samples.prefix(frames * frameBytes)
    (peak, loudness, loudestMoment) = Self.levels(
      bytes[values], encoding, moment: max(1, sampleRate / 10) * channels)
  }

  private static func levels(
    _ bytes: ArraySlice<UInt8>, _ encoding: Encoding, moment: Int
  ) -> (peak: Double, loudness: Double, loudestMoment: Double) {
    let table: [Int16] =
      switch encoding {
      case .pcm16: []
      case .muLaw: G711.muLaw
      case .aLaw: G711.aLaw
      }
    let width = encoding == .pcm16 ? 2 : 1
    let count = bytes.count / width
    var (peak, total, sum, inMoment, loudest) = (0, 0.0, 0, 0, 0.0)
    bytes.withUnsafeBufferPointer { bytes in
      for index in 0..<count {
        let value =
          width == 1
          ? Int(table[Int(bytes[index])])
          : Int(Int16(truncatingIfNeeded: Int(bytes[2 * index]) | Int(bytes[2 * index + 1]) << 8))
        peak = max(peak, abs(value))
        sum += value * value
        inMoment += 1
        if inMoment == moment || index == count - 1 {
          loudest = max(loudest, Double(sum) / Double(inMoment))
          total += Double(sum)
          (sum, inMoment) = (0, 0)
        }
      }
    }
    return (
      min(1, Double(peak) / 32_767), (total / Double(count)).squareRoot() / 32_768, loudest.squareRoot() / 32_768
    )
  }
}
