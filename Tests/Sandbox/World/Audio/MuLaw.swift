/// ITU-T G.711 µ-law: what a telephone network does to every sample.
enum MuLaw {
  static func encode(_ sample: Int16) -> UInt8 {
    let magnitude = min(Int(sample.magnitude), 32_635) + 0x84
    var exponent = 7
    while exponent > 0, magnitude & (0x80 << exponent) == 0 { exponent -= 1 }
    let mantissa = (magnitude >> (exponent + 3)) & 0x0F
    let sign = sample < 0 ? 0x80 : 0
    return ~UInt8(sign | exponent << 4 | mantissa)
  }

  static func decode(_ byte: UInt8) -> Int16 { table[Int(byte)] }

  private static let table: [Int16] = (0...255).map { byte in
    let bits = ~UInt8(byte)
    let exponent = Int(bits >> 4) & 7
    let magnitude = (((Int(bits) & 0x0F) << 3) + 0x84) << exponent
    return Int16((magnitude - 0x84) * (bits & 0x80 == 0 ? 1 : -1))
  }

  /// Linear 16-bit little-endian bytes, as they lie in a WAV file.
  static func linearBytes(_ coded: some Collection<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(coded.count * 2)
    for byte in coded {
      let sample = UInt16(bitPattern: table[Int(byte)])
      bytes.append(UInt8(truncatingIfNeeded: sample))
      bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    return bytes
  }
}
