/// A file's bytes, read at positions that may lie beyond its end.
struct ImageBytes {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func starts(with prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }

  func byte(_ at: Int) -> UInt8? { bytes.indices.contains(at) ? bytes[at] : nil }

  /// Two bytes, the higher first.
  func short(_ at: Int) -> Int? {
    guard let high = byte(at), let low = byte(at + 1) else { return nil }
    return Int(high) << 8 | Int(low)
  }

  /// Four bytes, the highest first.
  func long(_ at: Int) -> Int? {
    guard let high = short(at), let low = short(at + 2) else { return nil }
    return high << 16 | low
  }
}
