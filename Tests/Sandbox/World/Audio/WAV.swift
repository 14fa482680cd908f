/// A RIFF/WAVE file with 16-bit linear samples.
package struct WAV: Sendable {
  package let rate: Int
  package let channels: Int
  /// The samples as they lie in the file: little-endian.
  package let data: ArraySlice<UInt8>

  /// Nil for anything but 16-bit PCM.
  package init?(parsing file: [UInt8]) {
    func number(_ offset: Int, _ width: Int) -> Int {
      (0..<width).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    func isNamed(_ offset: Int, _ name: String) -> Bool { file[offset..<offset + 4].elementsEqual(name.utf8) }
    guard file.count >= 12, isNamed(0, "RIFF"), isNamed(8, "WAVE") else { return nil }
    var format: (rate: Int, channels: Int)?
    var offset = 12
    while offset + 8 <= file.count {
      let start = offset + 8
      // Programs that stream write a length that is too long; what is there counts.
      let end = min(start + number(offset + 4, 4), file.count)
      if isNamed(offset, "fmt "), end - start >= 16 {
        guard number(start, 2) == 1, number(start + 14, 2) == 16 else { return nil }
        format = (number(start + 4, 4), number(start + 2, 2))
      } else if isNamed(offset, "data"), let format {
        rate = format.rate
        channels = format.channels
        data = file[start..<end - (end - start) % 2]
        return
      }
      offset = end + (end - start) % 2
    }
    return nil
  }

  package var samples: [Int16] {
    stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map { index in
      Int16(bitPattern: UInt16(data[index]) | UInt16(data[index + 1]) << 8)
    }
  }

  /// A mono file of 8 kHz from µ-law samples.
  static func file(_ coded: some Collection<UInt8>) -> [UInt8] {
    let data = MuLaw.linearBytes(coded)
    var file: [UInt8] = []
    file.reserveCapacity(44 + data.count)
    func text(_ text: String) { file += Array(text.utf8) }
    func number(_ number: Int, _ width: Int) {
      for index in 0..<width { file.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
    }
    text("RIFF")
    number(36 + data.count, 4)
    text("WAVEfmt ")
    number(16, 4)
    number(1, 2)
    number(1, 2)
    number(CallSound.rate, 4)
    number(CallSound.rate * 2, 4)
    number(2, 2)
    number(16, 2)
    text("data")
    number(data.count, 4)
    return file + data
  }
}
