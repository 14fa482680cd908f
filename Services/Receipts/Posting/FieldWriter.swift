/// Numbers and byte strings one behind the other, as the two processes exchange them: big-endian, each string behind
/// its length. JSON would cost more than the rest of a frame's way (15 µs and more for each of the four passes).
struct FieldWriter {
  private(set) var bytes: [UInt8] = [0, 0, 0, 0]

  mutating func put(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ string: [UInt8]) {
    put(UInt32(string.count))
    bytes.append(contentsOf: string)
  }

  mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// The whole frame, its length in front.
  consuming func frame() -> [UInt8] {
    let length = UInt32(bytes.count - 4)
    withUnsafeBytes(of: length.bigEndian) { for index in 0..<4 { bytes[index] = $0[index] } }
    return bytes
  }
}
