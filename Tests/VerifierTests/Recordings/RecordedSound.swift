import Foundation

/// Telephone sound as a carrier hands it over: PCM of 16 bits, 8 kHz, one channel.
enum RecordedSound {
  static let rate = 8_000

  /// A sine, as loud as a voice.
  static func tone(_ seconds: Double, hertz: Double = 440, amplitude: Double = 0.3) -> [UInt8] {
    wav((0..<count(seconds)).map { amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate)) })
  }

  /// Noise that is the same for the same seed, and like that of no other.
  static func noise(_ seconds: Double, seed: UInt64, amplitude: Double = 0.3) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return wav(
      (0..<count(seconds)).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return amplitude * (Double(state >> 11) / Double(1 << 52) - 1)
      })
  }

  static func silence(_ seconds: Double) -> [UInt8] { wav([Double](repeating: 0, count: count(seconds))) }

  private static func count(_ seconds: Double) -> Int { Int(seconds * Double(rate)) }

  private static func wav(_ samples: [Double]) -> [UInt8] {
    let size = 2 * samples.count
    var bytes = Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8) + little(16, 4) + little(1, 2)
    bytes += little(1, 2) + little(rate, 4) + little(2 * rate, 4) + little(2, 2) + little(16, 2)
    bytes += Array("data".utf8) + little(size, 4)
    bytes.reserveCapacity(bytes.count + size)
    for sample in samples { bytes += little(Int(sample * 32_767), 2) }
    return bytes
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
