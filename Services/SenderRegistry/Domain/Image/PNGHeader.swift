/// PNG (ISO/IEC 15948): a signature, then chunks of length, type, data and checksum, `IHDR` first and `IEND` last.
enum PNGHeader {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private static let header = 0x4948_4452  // IHDR
  private static let data = 0x4944_4154  // IDAT
  private static let transparency = 0x7452_4E53  // tRNS
  private static let end = 0x4945_4E44  // IEND

  static func parse(_ file: ImageBytes) throws(ImageRefusal) -> ImageHeader {
    guard let length = file.long(8), let type = file.long(12) else { throw .truncated }
    guard type == header, length == 13 else { throw .damaged("it does not begin with its size (IHDR)") }
    guard let width = file.long(16), let height = file.long(20), let depth = file.byte(24), let colour = file.byte(25),
      file.count >= 33
    else { throw .truncated }
    guard width > 0, height > 0 else { throw .damaged("its size is zero") }
    guard allowedDepths[colour]?.contains(depth) == true else {
      throw .damaged("it has colour type \(colour) with \(depth) bits, which PNG does not know")
    }
    var picture = ImageHeader(.png, width: width, height: height, hasAlpha: colour == 4 || colour == 6)
    try walk(file, &picture)
    return picture
  }

  /// PNG §11.2.1: which bit depths a colour type may have.
  private static let allowedDepths: [UInt8: Set<UInt8>] = [
    0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
  ]

  /// From chunk to chunk to `IEND`; each step goes at least 12 bytes on.
  private static func walk(_ file: ImageBytes, _ picture: inout ImageHeader) throws(ImageRefusal) {
    var at = 33
    var hasData = false
    while true {
      guard let length = file.long(at), let type = file.long(at + 4), at + 12 + length <= file.count else {
        throw .truncated
      }
      switch type {
      case end:
        guard hasData else { throw .damaged("it holds no pixels (IDAT)") }
        return
      case data: hasData = true
      case transparency: picture.hasAlpha = true
      case header: throw .damaged("it tells its size twice (IHDR)")
      default: break
      }
      at += 12 + length
    }
  }
}
