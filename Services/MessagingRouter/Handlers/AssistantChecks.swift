import Contracts
import Wire

/// The bounds of an assistant. Each failure names the field and what it holds.
enum AssistantChecks {
  static let pairs = 200
  /// Questions and answers in all: an assistant travels in one frame.
  static let pairBytes = 256 << 10

  static func check(_ call: MessagingRouterAPI.CreateAssistant) throws(CallFailure) {
    try length(call.name, "name", 1...255)
    if let instructions = call.instructions { try length(instructions, "instructions", 1...20_000) }
    switch call.kind ?? .model {
    case .model: try model(call)
    case .builtIn: try builtIn(call)
    }
  }

  static func length(_ text: String, _ field: String, _ bounds: ClosedRange<Int>) throws(CallFailure) {
    guard bounds.contains(text.unicodeScalars.count) else {
      throw .invalidArgument(
        "LENGTH_OUT_OF_RANGE", "\(field) has \(bounds.lowerBound) to \(bounds.upperBound) characters", field: field)
    }
  }

  /// A text that can be sent as a message.
  static func text(_ text: String, _ field: String) throws(CallFailure) {
    try length(text, field, 1...MessageText.longest)
    guard !MessageText.isBlank(text) else { throw .invalidArgument("TEXT_INVALID", "\(field) is blank", field: field) }
    guard !text.unicodeScalars.contains(where: MessageText.isForbidden) else {
      throw .invalidArgument(
        "TEXT_INVALID", "\(field) has control characters: only tab and line ends may be in it", field: field)
    }
  }

  private static func model(_ call: MessagingRouterAPI.CreateAssistant) throws(CallFailure) {
    guard call.instructions != nil else { throw missing("instructions", .model) }
    if let model = call.model { try length(model, "model", 1...255) }
    guard (0...1).contains(call.temperature ?? 0) else {
      throw .invalidArgument("TEMPERATURE_OUT_OF_RANGE", "temperature is 0 to 1", field: "temperature")
    }
    if call.pairs != nil { throw misplaced("pairs", .builtIn) }
    if call.fallback != nil { throw misplaced("fallback", .builtIn) }
  }

  private static func builtIn(_ call: MessagingRouterAPI.CreateAssistant) throws(CallFailure) {
    guard let fallback = call.fallback else { throw missing("fallback", .builtIn) }
    try text(fallback, "fallback")
    if call.model != nil { throw misplaced("model", .model) }
    if call.temperature != nil { throw misplaced("temperature", .model) }
    let all = call.pairs ?? []
    guard all.count <= pairs else {
      throw .invalidArgument("PAIRS_TOO_MANY", "pairs has at most \(pairs) entries", field: "pairs")
    }
    for (index, pair) in all.enumerated() {
      try length(pair.question, "pairs[\(index)].question", 1...300)
      guard !QuestionMatcher.words(pair.question).isEmpty else {
        throw .invalidArgument(
          "QUESTION_WITHOUT_WORDS", "pairs[\(index)].question has no word that could be found in a message",
          field: "pairs[\(index)].question")
      }
      try text(pair.answer, "pairs[\(index)].answer")
    }
    guard all.reduce(0, { $0 + $1.question.utf8.count + $1.answer.utf8.count }) <= pairBytes else {
      throw .invalidArgument("PAIRS_TOO_LARGE", "pairs has at most \(pairBytes) bytes in all", field: "pairs")
    }
  }

  private static func missing(_ field: String, _ kind: Assistant.Kind) -> CallFailure {
    .invalidArgument("FIELD_REQUIRED", "\(field) is required for kind \(kind.rawValue)", field: field)
  }

  private static func misplaced(_ field: String, _ kind: Assistant.Kind) -> CallFailure {
    .invalidArgument(
      "FIELD_NOT_OF_KIND", "\(field) belongs to kind \(kind.rawValue): set the kind or leave \(field) out", field: field
    )
  }
}
