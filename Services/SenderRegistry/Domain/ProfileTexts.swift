/// The fields of a profile that Meta has a place for, as our API names them.
enum ProfileField: String, Codable, CaseIterable, Sendable {
  case about
  case address
  case category
  case description
  case email
  case websites
  case logo

  /// Those whose value is text.
  static let texts: [ProfileField] = [.about, .address, .category, .description, .email, .websites]
}

/// Values of a profile's text fields. Websites are one text with a space between: an address holds none.
struct ProfileTexts: Codable, Sendable, Equatable {
  private var values: [String: String] = [:]

  /// Nil and empty are the same: nothing.
  subscript(_ field: ProfileField) -> String? {
    get { values[field.rawValue] }
    set { values[field.rawValue] = newValue == "" ? nil : newValue }
  }

  var websites: [String] {
    get { (self[.websites] ?? "").split(separator: " ").map(String.init) }
    set { self[.websites] = newValue.joined(separator: " ") }
  }

  init() {}

  init(from decoder: any Decoder) throws {
    values = try decoder.singleValueContainer().decode([String: String].self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values)
  }

  /// Whether two values of a field say the same. Meta tidies what it is given: white space at the ends, and a slash
  /// behind a bare host.
  static func isSame(_ field: ProfileField, _ left: String?, _ right: String?) -> Bool {
    tidy(field, left ?? "") == tidy(field, right ?? "")
  }

  private static func tidy(_ field: ProfileField, _ text: String) -> String {
    if field == .websites {
      return text.split(separator: " ").map { tidyWebsite(String($0)) }.joined(separator: " ")
    }
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
    return String(String(lines.drop { $0.isWhitespace }).reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Scheme and host in small letters; no slash behind a host alone.
  private static func tidyWebsite(_ text: String) -> String {
    let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return text }
    let rest = parts.count == 4 && !parts[3].isEmpty ? "/" + parts[3] : ""
    return parts[0].lowercased() + "//" + parts[2].lowercased() + rest
  }
}

/// What one post to Meta carries: the values of `fields`, and the picture's handle when the logo is among them.
struct ProfilePost: Codable, Sendable, Equatable {
  var fields: [ProfileField]
  var texts = ProfileTexts()
  var handle: String?
  /// Whether Meta showed a picture before.
  var hadPicture: Bool?
}
