/// What Meta would refuse about a message, before it is asked: where it is, and how it is mended.
struct ContentProblem: Error, Equatable {
  /// What is wrong, stable for programs.
  enum Code: String, Sendable, CaseIterable {
    case contentRequired = "CONTENT_REQUIRED"
    case contentAmbiguous = "CONTENT_AMBIGUOUS"
    case required = "FIELD_REQUIRED"
    case notAllowed = "FIELD_NOT_ALLOWED"
    case length = "LENGTH_OUT_OF_RANGE"
    case count = "COUNT_OUT_OF_RANGE"
    case range = "VALUE_OUT_OF_RANGE"
    case value = "VALUE_NOT_ALLOWED"
    case notUnique = "NOT_UNIQUE"
    case text = "TEXT_INVALID"
    case link = "LINK_INVALID"
    case emoji = "EMOJI_INVALID"
    case date = "DATE_INVALID"
    case mediaType = "MEDIA_TYPE_NOT_ALLOWED"
    case mediaSize = "MEDIA_TOO_LARGE"

    /// When it is said, for the docs.
    var meaning: String {
      switch self {
      case .contentRequired: "The request has no content."
      case .contentAmbiguous: "The request has more than one kind of content."
      case .required: "A member that this kind of message needs is missing."
      case .notAllowed: "A member does not belong to this kind of message."
      case .length: "A text is empty or longer than Meta takes; lengths count Unicode code points."
      case .count: "A list is empty or has more entries than Meta takes."
      case .range: "A number is outside of its range."
      case .value: "A value is none of those that Meta knows."
      case .notUnique: "Two buttons, rows or parameters have the same id, title or name."
      case .text: "A text is blank, or has characters that Meta refuses."
      case .link: "An address is not https, or is no address."
      case .emoji: "A reaction is not exactly one emoji."
      case .date: "A date is not YYYY-MM-DD, or not in the calendar."
      case .mediaType: "Meta does not take this file type for this kind of message."
      case .mediaSize: "A file is larger than Meta takes for this kind of message."
      }
    }
  }

  var code: Code
  /// The path by its names in the request: `interactive.action.buttons[1].reply.title`.
  var field: String
  /// What is wrong and how it is mended, in one sentence that begins with the field.
  var message: String

  init(_ code: Code, _ field: String, _ message: String) {
    self.code = code
    self.field = field
    self.message = "\(field): \(message)"
  }
}
