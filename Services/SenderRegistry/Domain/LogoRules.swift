import Contracts

/// What WhatsApp wants of a logo (facts: profile picture), checked before anything is sent.
enum LogoRules {
  static let smallestSide = 192
  /// Far above what a profile shows; a small file must not unfold to gigabytes at whoever decodes it.
  static let largestSide = 8_192

  /// Why a picture cannot be a logo: a stable code, and words that name the fix.
  struct Refusal: Error, Equatable {
    let code: String
    let message: String
  }

  static func check(_ bytes: [UInt8]) throws(Refusal) -> ImageHeader {
    guard !bytes.isEmpty else {
      throw Refusal(code: "LOGO_EMPTY", message: "The body is empty: send the picture's bytes.")
    }
    let picture: ImageHeader
    do throws(ImageRefusal) {
      picture = try ImageHeader(parsing: bytes)
    } catch {
      throw refusal(error)
    }
    let size = "\(picture.width) by \(picture.height) pixels"
    let short = min(picture.width, picture.height)
    guard picture.width == picture.height else {
      throw Refusal(
        code: "LOGO_NOT_SQUARE",
        message: "The picture has \(size) and must be square: crop it to \(short) by \(short) or add a border.")
    }
    guard short >= smallestSide else {
      throw Refusal(
        code: "LOGO_TOO_SMALL",
        message: "The picture has \(size); WhatsApp wants at least 192 by 192. 640 by 640 looks best.")
    }
    guard short <= largestSide else {
      throw Refusal(
        code: "LOGO_TOO_LARGE", message: "The picture has \(size): scale it down. 640 by 640 looks best.")
    }
    return picture
  }

  private static func refusal(_ refusal: ImageRefusal) -> Refusal {
    switch refusal {
    case .notAPicture(let guess):
      Refusal(
        code: "LOGO_FORMAT_UNKNOWN",
        message: guess.map { "This is \($0): save it as PNG or JPEG." }
          ?? "These bytes are neither a PNG nor a JPEG: send the picture's own bytes, without a form around them.")
    case .truncated:
      Refusal(code: "LOGO_TRUNCATED", message: "The picture ends too early: export or upload it again.")
    case .damaged(let what):
      Refusal(code: "LOGO_DAMAGED", message: "The picture is damaged, \(what): save it anew as PNG or JPEG.")
    }
  }
}

extension SenderReason {
  static let logoTransparent = SenderReason(
    code: "LOGO_TRANSPARENT", message: "The logo may have transparent parts, which WhatsApp shows black.",
    nextStep: "Upload it again with a background of its own.")
  static let pictureStays = SenderReason(
    code: "PICTURE_STAYS", message: "No logo is set here, and WhatsApp goes on showing a picture.",
    nextStep: "Upload a logo to replace it; Meta has no call that takes a picture away.")
}
