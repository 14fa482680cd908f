/// A text of a template, cut at its variables.
struct TemplateText: Sendable, Equatable {
  enum Part: Sendable, Equatable {
    case words(String)
    case variable(String)
  }

  let parts: [Part]
  /// Double braces that do not enclose a number or a name.
  let hasBrokenBraces: Bool

  /// Names are trimmed: Meta's own list shows some with spaces.
  init(_ text: String) {
    var parts: [Part] = []
    var words = ""
    var isBroken = false
    var rest = text[...]
    func end(_ parts: inout [Part]) {
      if !words.isEmpty { parts.append(.words(words)) }
      words = ""
    }
    while let open = rest.firstRange(of: "{{") {
      words += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      // Nothing is closed any more: looking on from every other brace would read the rest again for each.
      guard let close = rest.firstRange(of: "}}") else {
        isBroken = true
        words += "{{"
        break
      }
      let name = String(rest[..<close.lowerBound].filter { $0 != " " })
      if Self.isName(name) {
        end(&parts)
        parts.append(.variable(name))
      } else {
        isBroken = true
        words += "{{" + rest[..<close.upperBound]
      }
      rest = rest[close.upperBound...]
    }
    if rest.contains("}}") { isBroken = true }
    words += rest
    end(&parts)
    self.parts = parts
    hasBrokenBraces = isBroken
  }

  /// Each once, in the order of their first appearance.
  var variables: [String] {
    var seen: Set<String> = []
    var names: [String] = []
    for case .variable(let name) in parts where seen.insert(name).inserted { names.append(name) }
    return names
  }

  /// What stands between the variables.
  var words: String { parts.map { if case .words(let words) = $0 { words } else { "" } }.joined() }

  /// With every variable replaced by what `value` gives for it.
  func filled(_ value: (String) -> String) -> String {
    parts.map { part in
      switch part {
      case .words(let words): words
      case .variable(let name): value(name)
      }
    }.joined()
  }

  static func isNumber(_ name: String) -> Bool {
    !name.isEmpty && name.count <= 3 && name.utf8.allSatisfy { (48...57).contains($0) }
  }

  /// A number, or small letters, digits and underscores.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 100
      && name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 95 }
  }
}
