import Contracts

/// A type of media that Meta takes from businesses, with its bound (facts: media and uploads).
struct MediaType: Sendable {
  let name: String
  let kind: Media.Kind
  /// The most bytes Meta takes.
  let limit: Int
  private let fits: @Sendable (MediaSignature) -> Bool

  private init(_ name: String, _ kind: Media.Kind, _ limit: Int, _ fits: @escaping @Sendable (MediaSignature) -> Bool) {
    self.name = name
    self.kind = kind
    self.limit = limit
    self.fits = fits
  }

  /// Of a media type as people write it: case and parameters do not matter. Nil for one that Meta does not take.
  static func find(_ text: String) -> MediaType? { byName[essence(text)] }

  /// Every type that is taken, by its name.
  static let names = byName.keys.sorted()

  /// Whether the file's beginning is what the type says. A word processor's file is told from a spreadsheet by Meta.
  func matches(_ head: [UInt8]) -> Bool { fits(MediaSignature(head)) }

  /// The most bytes of this very file: an animated sticker may be larger.
  func limit(for head: [UInt8]) -> Int {
    kind == .sticker && !MediaSignature(head).isAnimatedWebP ? Self.stillSticker : limit
  }

  /// `image/jpeg` of `Image/JPEG; q=1`.
  static func essence(_ text: String) -> String {
    String(text.prefix { $0 != ";" }).filter { $0 != " " && $0 != "\t" }.lowercased()
  }

  /// Types that a browser may show where it stands, without harm: none of them is run.
  static func isShown(_ essence: String) -> Bool {
    guard let type = byName[essence] else { return false }
    return type.kind != .document || essence == "application/pdf"
  }

  private static let image = 5 << 20
  private static let sound = 16 << 20
  private static let film = 16 << 20
  private static let paper = 100 << 20
  private static let animatedSticker = 500 << 10
  private static let stillSticker = 100 << 10
  private static let officeXML = "application/vnd.openxmlformats-officedocument."

  private static let all: [MediaType] = [
    MediaType("image/jpeg", .image, image) { $0.isJPEG },
    MediaType("image/png", .image, image) { $0.isPNG },
    MediaType("image/webp", .sticker, animatedSticker) { $0.isWebP },
    MediaType("audio/aac", .audio, sound) { $0.isADTS },
    MediaType("audio/amr", .audio, sound) { $0.isAMR },
    MediaType("audio/mpeg", .audio, sound) { $0.isMPEGAudio },
    MediaType("audio/mp4", .audio, sound) { $0.isMP4 },
    MediaType("audio/ogg", .audio, sound) { $0.isOggOpus },
    MediaType("video/mp4", .video, film) { $0.isMP4 },
    MediaType("video/3gpp", .video, film) { $0.isMP4 },
    MediaType("application/pdf", .document, paper) { $0.isPDF },
    MediaType("text/plain", .document, paper) { $0.isText },
    MediaType("application/msword", .document, paper) { $0.isCompoundFile },
    MediaType("application/vnd.ms-excel", .document, paper) { $0.isCompoundFile },
    MediaType("application/vnd.ms-powerpoint", .document, paper) { $0.isCompoundFile },
    MediaType(officeXML + "wordprocessingml.document", .document, paper) { $0.isZip },
    MediaType(officeXML + "spreadsheetml.sheet", .document, paper) { $0.isZip },
    MediaType(officeXML + "presentationml.presentation", .document, paper) { $0.isZip },
  ]
  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
