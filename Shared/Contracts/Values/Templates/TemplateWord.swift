/// Meta's words are in capitals in its documents and in small letters in ours: both are read.
enum TemplateWord {
  static func decode<Word: RawRepresentable & CaseIterable>(from decoder: any Decoder) throws -> Word
  where Word.RawValue == String {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let word = Word(rawValue: text.lowercased()) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected one of \(known)")
    }
    return word
  }
}
