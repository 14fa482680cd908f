extension JSONKeySpelling {
  /// Names of up to this many words are tried in every spelling, 81 at most; of longer ones only the last word may be a
  /// run of capitals.
  private static let mostWords = 5

  /// No property's name is longer. A sender's may be, and putting its words together would take the square of it.
  private static let longestName = 128

  /// The key of type `Key` whose wire spelling is `wire`, or nil.
  ///
  /// Several properties would be spelled `sender_id`; the type says which it has, so all spellings of few words are
  /// tried. Needed only where a type asks for `allKeys`: enums with associated values do.
  static func property<Key: CodingKey>(_ wire: String, as type: Key.Type) -> Key? {
    // Also covers small names; and a property spelled otherwise on the wire must not be found by its own name.
    if let key = Key(stringValue: wire) { return self.wire(wire) == wire ? key : nil }
    guard wire.utf8.count <= longestName else { return nil }
    let words = wire.split(separator: "_", omittingEmptySubsequences: false)
    guard let first = words.first else { return nil }
    var spellings = [String(first)]
    for (place, word) in words.enumerated().dropFirst() {
      let isVaried = words.count <= mostWords || place == words.count - 1
      let endings = isVaried ? spelled(word) : [capitalised(word)]
      spellings = spellings.flatMap { start in endings.map { start + $0 } }
    }
    for spelling in spellings {
      if let key = Key(stringValue: spelling), self.wire(key.stringValue) == wire { return key }
    }
    return nil
  }

  private static func spelled(_ word: Substring) -> [String] {
    var spellings = [capitalised(word), word.uppercased()]
    if word.hasSuffix("s") { spellings.append(word.dropLast().uppercased() + "s") }
    return spellings
  }

  private static func capitalised(_ word: Substring) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}
