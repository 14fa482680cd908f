/// The kinds of media that messages carry, with Meta's bounds (facts: media and uploads).
enum MediumKind: String, Sendable, CaseIterable {
  case image
  case video
  case audio
  case document
  case sticker

  /// Whether words may stand under it.
  var hasCaption: Bool {
    switch self {
    case .image, .video, .document: true
    case .audio, .sticker: false
    }
  }

  /// The file types that Meta takes; nil for any.
  var types: [String]? {
    switch self {
    case .image: ["image/jpeg", "image/png"]
    case .video: ["video/mp4", "video/3gpp"]
    case .audio: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"]
    case .document: nil
    case .sticker: ["image/webp"]
    }
  }

  /// Bytes of a file, at most.
  func mostBytes(isAnimated: Bool) -> Int64 {
    switch self {
    case .image: 5 << 20
    case .video, .audio: 16 << 20
    case .document: 100 << 20
    case .sticker: isAnimated ? 500 << 10 : 100 << 10
    }
  }
}

/// What is known of a stored file.
struct MediaFacts: Sendable, Equatable {
  /// With or without parameters such as `codecs=opus`.
  var mimeType: String?
  var bytes: Int64?
  /// Nil when nobody has looked: the larger bound holds then.
  var isAnimated: Bool?

  /// Whether Meta takes it as a medium of this kind; `field` names the medium.
  func check(as kind: MediumKind, isVoice: Bool, _ field: String) throws(ContentProblem) {
    if let (code, words) = problem(as: kind, isVoice: isVoice) {
      throw ContentProblem(code, field + ".media_id", words)
    }
  }

  /// Why Meta does not take it as a medium of this kind, and the words that follow its name; nil when it does.
  func problem(as kind: MediumKind, isVoice: Bool = false) -> (code: ContentProblem.Code, words: String)? {
    if let mimeType {
      let type = String(mimeType.lowercased().prefix { $0 != ";" }.filter { $0 != " " })
      let known = isVoice ? ["audio/ogg"] : kind.types
      if let known, !known.contains(type) {
        return (
          .mediaType, "is \(type); \(isVoice ? "a voice note" : kind.rawValue) is \(known.joined(separator: ", "))"
        )
      }
    }
    let most = kind.mostBytes(isAnimated: isAnimated ?? true)
    if let bytes, bytes > most { return (.mediaSize, "has \(bytes) bytes; \(kind.rawValue) has at most \(most)") }
    return nil
  }
}
