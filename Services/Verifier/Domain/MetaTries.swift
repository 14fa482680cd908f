import GraphAPI

/// How many more codes Meta takes, from its words: the figure has no field of its own.
enum MetaTries {
  /// Nil when Meta says nothing.
  static func of(_ error: GraphError) -> Int? {
    [error.userMessage, error.details, error.message].lazy.compactMap { $0.flatMap(parse) }.first
  }

  /// `2 attempts left`, `You have 3 tries remaining`, `no attempts left`.
  static func parse(_ text: String) -> Int? {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
    for (index, word) in words.enumerated() where ["attempt", "attempts", "try", "tries"].contains(word) {
      let next = words.dropFirst(index + 1).first
      guard next == "left" || next == "remaining", index > 0 else { continue }
      let count = words[index - 1]
      if count == "no" { return 0 }
      if count.utf8.count <= 2, let number = Int(count) { return number }
    }
    return nil
  }
}
