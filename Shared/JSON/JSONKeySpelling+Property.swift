extension JSONKeySpelling {
  /// At most this many words of a wire name are tried in every spelling; a longer name is found only if it is spelled
  /// like the property or without runs of capitals.
  private static let mostWords = 5

  /// The key of type `Key` whose wire spelling is `wire`, or nil.
  ///
  /// Several properties would be spelled `sender_id`; the type says which it has, so all spellings of few words are
  /// tried. Needed only where a type asks for `allKeys`: enums with associated values do.
  static func property<Key: CodingKey>(_ wire: String, as type: Key.Type) -> Key? {
    // Also covers small names; and a property spelled otherwise on the wire must not be found by its own name.
    if let key = Key(stringValue: wire) { return self.wire(wire) == wire ? key : nil }
    let words = wire.split(separator: "_", omittingEmptySubsequences: false)
    guard let first = words.first, words.count > 1 || first.count > 0 else { return nil }
    var spellings: [String] = spelled(first, isFirst: true)
    for word in words.dropFirst() {
      let endings = words.count > mostWords ? [capitalised(word)] : spelled(word, isFirst: false)
      spellings = spellings.flatMap { start in endings.map { start + $0 } }
    }
    for spelling in spellings {
      if let key = Key(stringValue: spelling), self.wire(key.stringValue) == wire { return key }
    }
    return nil
  }

  private static func spelled(_ word: Substring, isFirst: Bool) -> [String] {
    if isFirst { return [String(word)] }
    var spellings = [capitalised(word), word.uppercased()]
    if word.hasSuffix("s") { spellings.append(word.dropLast().uppercased() + "s") }
    return spellings
  }

  private static func capitalised(_ word: Substring) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}
