/// JPEG (ITU-T T.81): markers with segments from `SOI` to `EOI`; a frame header tells the size, scans hold the pixels.
enum JPEGHeader {
  static func parse(_ file: ImageBytes) throws(ImageRefusal) -> ImageHeader {
    var picture: ImageHeader?
    var hasScan = false
    var at = 2
    while true {
      let marker = try next(file, &at)
      switch marker {
      case 0xD9:
        guard let picture else { throw .damaged("it does not tell its size (SOF)") }
        guard hasScan else { throw .damaged("it holds no pixels (SOS)") }
        return picture
      case 0x01, 0xD0...0xD7:
        // Markers without a segment.
        continue
      case 0xD8:
        throw .damaged("another picture begins inside of it")
      case 0xC0...0xCF where marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
        if picture == nil { picture = try frame(file, at) }
        at = try segmentEnd(file, at)
      case 0xDA:
        hasScan = true
        at = try scanEnd(file, try segmentEnd(file, at))
      default:
        at = try segmentEnd(file, at)
      }
    }
  }

  /// The marker at `at`, which is left behind it; fill bytes (T.81 §B.1.1.2) are skipped.
  private static func next(_ file: ImageBytes, _ at: inout Int) throws(ImageRefusal) -> UInt8 {
    guard let first = file.byte(at) else { throw .truncated }
    guard first == 0xFF else { throw .damaged("there is no marker at byte \(at)") }
    repeat { at += 1 } while file.byte(at) == 0xFF
    guard let marker = file.byte(at) else { throw .truncated }
    guard marker != 0 else { throw .damaged("there is no marker at byte \(at)") }
    at += 1
    return marker
  }

  private static func segmentEnd(_ file: ImageBytes, _ at: Int) throws(ImageRefusal) -> Int {
    guard let length = file.short(at) else { throw .truncated }
    guard length >= 2 else { throw .damaged("a segment at byte \(at) has no length") }
    guard at + length <= file.count else { throw .truncated }
    return at + length
  }

  /// The next marker after a scan's data: neither a stuffed zero nor a restart.
  private static func scanEnd(_ file: ImageBytes, _ start: Int) throws(ImageRefusal) -> Int {
    var at = start
    while let byte = file.byte(at) {
      if byte == 0xFF, let marker = file.byte(at + 1), marker != 0, marker != 0xFF, !(0xD0...0xD7).contains(marker) {
        return at
      }
      at += 1
    }
    throw .truncated
  }

  /// Size out of a frame header: length, precision, height, width (T.81 §B.2.2).
  private static func frame(_ file: ImageBytes, _ at: Int) throws(ImageRefusal) -> ImageHeader {
    guard let length = file.short(at), let height = file.short(at + 3), let width = file.short(at + 5) else {
      throw .truncated
    }
    guard length >= 8 else { throw .damaged("its size has no room (SOF)") }
    // A height of zero is told later (DNL); nothing that makes logos writes that.
    guard width > 0, height > 0 else { throw .damaged("its size is zero") }
    return ImageHeader(.jpeg, width: width, height: height, hasAlpha: false)
  }
}
