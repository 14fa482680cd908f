/// Which part of something a `Range` field asks for (RFC 9110 §14.2). Pure.
package enum ByteRange: Equatable, Sendable {
  /// No range, one that may be ignored, or more than one: the whole is answered.
  case whole
  case part(Range<Int>)
  /// Beyond the end.
  case unsatisfiable

  /// `fields` are the values of every `Range` field, `length` is that of the whole.
  package init(_ fields: [String], length: Int) {
    self = .whole
    guard fields.count == 1, let field = fields.first else { return }
    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return }
    let ends = Self.trimmed(parts[1]).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2 else { return }
    if ends[0].isEmpty {
      guard let suffix = Self.number(ends[1]) else { return }
      self = suffix == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - suffix)..<length)
      return
    }
    guard let first = Self.number(ends[0]) else { return }
    var last = Int.max
    if !ends[1].isEmpty {
      guard let named = Self.number(ends[1]), named >= first else { return }
      last = named
    }
    self = first >= length ? .unsatisfiable : .part(first..<(min(last, length - 1) + 1))
  }

  /// What a request asks for of something with this entity tag. Ranges are for GET alone (RFC 9110 §14.2); with
  /// `If-Range` only of what the client has a part of (§13.1.5).
  package init(_ request: HTTPRequest, tag: String, length: Int) {
    let conditions = request.headers.all("If-Range")
    guard request.method == "GET", conditions.isEmpty || conditions == [tag] else {
      self = .whole
      return
    }
    self.init(request.headers.all("Range"), length: length)
  }

  /// Digits alone; more of them than an `Int` holds are a number beyond every end.
  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text) ?? .max
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
