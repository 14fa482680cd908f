import Foundation

/// WAV files piece by piece, so that each may be wrong.
enum TestWAV {
  /// A sine of 400 Hz.
  static func tone(seconds: Double, amplitude: Double = 0.5) -> [UInt8] {
    make(format(), samples: samples(Int(seconds * 8_000), amplitude: amplitude))
  }

  static func make(
    _ format: [UInt8], samples: [UInt8], dataSize: UInt32? = nil, riffSize: UInt32? = nil
  ) -> [UInt8] {
    riff(chunk("fmt ", format) + chunk("data", samples, size: dataSize), size: riffSize)
  }

  static func riff(_ chunks: [UInt8], size: UInt32? = nil) -> [UInt8] {
    Array("RIFF".utf8) + bytes(size ?? UInt32(chunks.count + 4)) + Array("WAVE".utf8) + chunks
  }

  static func chunk(_ name: String, _ content: [UInt8], size: UInt32? = nil) -> [UInt8] {
    Array(name.utf8) + bytes(size ?? UInt32(content.count)) + content
  }

  static func format(tag: Int = 1, channels: Int = 1, rate: Int = 8_000, bits: Int = 16, align: Int? = nil) -> [UInt8] {
    let align = align ?? channels * bits / 8
    return word(tag) + word(channels) + bytes(UInt32(rate)) + bytes(UInt32(rate * align)) + word(align) + word(bits)
  }

  static func samples(_ count: Int, amplitude: Double = 0.5) -> [UInt8] {
    (0..<count).flatMap { word(Int(sin(Double($0) * 0.1 * .pi) * amplitude * 32_767)) }
  }

  private static func word(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
  private static func bytes(_ value: UInt32) -> [UInt8] { word(Int(value & 0xFFFF)) + word(Int(value >> 16)) }
}
