/// What a picture file says of itself: a PNG or a JPEG, told by its bytes. The structure is walked to its end, so
/// that a file that was cut off is noticed; pixels are not decoded.
struct ImageHeader: Equatable, Sendable {
  enum Format: String, Sendable {
    case png = "image/png"
    case jpeg = "image/jpeg"
  }

  var format: Format
  var width: Int
  var height: Int
  /// Whether parts of it may be transparent.
  var hasAlpha: Bool

  /// Reads the header and checks that the file ends where its format says it ends.
  init(parsing bytes: [UInt8]) throws(ImageRefusal) {
    let file = ImageBytes(bytes)
    if file.starts(with: PNGHeader.signature) {
      self = try PNGHeader.parse(file)
    } else if file.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = try JPEGHeader.parse(file)
    } else if PNGHeader.signature.starts(with: bytes) || bytes == [0xFF, 0xD8] || bytes == [0xFF] {
      throw .truncated
    } else {
      throw .notAPicture(ImageRefusal.guess(file))
    }
  }

  init(_ format: Format, width: Int, height: Int, hasAlpha: Bool) {
    self.format = format
    self.width = width
    self.height = height
    self.hasAlpha = hasAlpha
  }
}

/// Why bytes are not a picture that can be used.
enum ImageRefusal: Error, Equatable {
  /// Neither PNG nor JPEG; what it looks like, if that can be told.
  case notAPicture(String?)
  /// It ends too early.
  case truncated
  /// Its structure is wrong: what and where.
  case damaged(String)

  /// The name of a format people often try.
  static func guess(_ file: ImageBytes) -> String? {
    func text(_ at: Int, _ count: Int) -> String {
      String(decoding: (at..<at + count).map { file.byte($0) ?? 0 }, as: UTF8.self)
    }
    if text(0, 4) == "GIF8" { return "a GIF" }
    if text(0, 4) == "RIFF", text(8, 4) == "WEBP" { return "a WebP picture" }
    if text(4, 4) == "ftyp" { return "a HEIC or AVIF picture" }
    if text(0, 2) == "BM" { return "a BMP picture" }
    if text(0, 4) == "%PDF" { return "a PDF" }
    if text(0, 4) == "<svg" || text(0, 5) == "<?xml" { return "an SVG picture" }
    return nil
  }
}
