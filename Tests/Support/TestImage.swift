/// Pictures that are complete in structure and hold next to nothing.
package enum TestImage {
  /// A PNG. `filler` makes it longer.
  package static func png(
    _ width: Int, _ height: Int, colour: UInt8 = 2, hasTransparency: Bool = false, filler: Int = 4
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    bytes += chunk("IHDR", long(width) + long(height) + [8, colour, 0, 0, 0])
    if hasTransparency { bytes += chunk("tRNS", [0]) }
    bytes += chunk("IDAT", [UInt8](repeating: 0x5A, count: filler))
    return bytes + chunk("IEND", [])
  }

  /// A JPEG.
  package static func jpeg(_ width: Int, _ height: Int, frame: UInt8 = 0xC0) -> [UInt8] {
    var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1]
    bytes += [0xFF, frame, 0, 11, 8] + short(height) + short(width) + [1, 1, 0x11, 0]
    // Data with a stuffed zero and a restart marker.
    bytes += [0xFF, 0xDA, 0, 3, 1, 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]
    return bytes + [0xFF, 0xD9]
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    long(data.count) + Array(type.utf8) + data + [1, 2, 3, 4]
  }

  private static func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
  private static func long(_ value: Int) -> [UInt8] { short(value >> 16 & 0xFFFF) + short(value & 0xFFFF) }
}
