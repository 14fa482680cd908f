/// Reads a document once, left to right, checking every rule and building the tape.
///
/// Not recursive: the nesting lives in the tape, so the depth of a document never becomes depth of our stack.
/// `base` is valid for `end` bytes for the scanner's whole life: it only exists inside `withUnsafeBufferPointer`,
/// and every read is at an offset that was compared with `end` before.
struct JSONScanner {
  typealias Tag = JSONTapeEntry.Tag

  let base: UnsafePointer<UInt8>
  let end: Int
  let limits: JSONLimits
  var position = 0
  var tape: [JSONTapeEntry] = []
  /// Index of the innermost open container.
  private var current = JSONTapeEntry.noParent
  private var depth = 0

  init(base: UnsafePointer<UInt8>, end: Int, limits: JSONLimits) {
    self.base = base
    self.end = end
    self.limits = limits
    // A message of named, mostly short fields has about one entry per ten bytes.
    tape.reserveCapacity(min(end / 8 + 8, 4_096))
  }

  mutating func scanDocument() throws(JSONFailure) {
    if end >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF { throw failure(.byteOrderMark, at: 0) }
    skipWhitespace()
    if position == end { throw failure(.empty, at: position) }
    while true {
      if try scanValue() {
        // The container just opened may be empty; if not, its first child comes next.
        skipWhitespace()
        guard position < end else { throw failure(.unexpectedEnd, at: end) }
        if isObject(current) {
          if base[position] != UInt8(ascii: "}") {
            try scanName(expected: "a key or '}'")
            continue
          }
        } else if base[position] != UInt8(ascii: "]") {
          continue
        }
        try close()
      }
      if try scanAfterValue() { return }
    }
  }

  /// What follows a complete value: commas, closing brackets, or the end of the document (then `true`).
  private mutating func scanAfterValue() throws(JSONFailure) -> Bool {
    while true {
      skipWhitespace()
      if depth == 0 {
        if position < end { throw failure(.trailingBytes, at: position) }
        return true
      }
      guard position < end else { throw failure(.unexpectedEnd, at: end) }
      let byte = base[position]
      let inObject = isObject(current)
      if byte == UInt8(ascii: ",") {
        position += 1
        skipWhitespace()
        if inObject { try scanName(expected: "a key") }
        return false
      }
      guard byte == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
        throw failure(.unexpected(byte, expected: inObject ? "',' or '}'" : "',' or ']'"), at: position)
      }
      try close()
    }
  }

  /// Reads a scalar, or the opening bracket of a container (then `true`).
  @inline(__always)
  private mutating func scanValue() throws(JSONFailure) -> Bool {
    guard position < end else { throw failure(.unexpectedEnd, at: end) }
    if depth > 0 && !isObject(current) { tape[Int(current)].info += JSONTapeEntry.oneChild }
    let start = position
    switch base[position] {
    case UInt8(ascii: "\""):
      let escaped = try scanString()
      append(escaped ? Tag.escaped : Tag.plain, from: start)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let tag = try scanNumber()
      append(tag, from: start)
    case UInt8(ascii: "{"): try open(Tag.object); return true
    case UInt8(ascii: "["): try open(Tag.array); return true
    case UInt8(ascii: "t"):
      try scanWord("true")
      append(Tag.true, from: start)
    case UInt8(ascii: "f"):
      try scanWord("false")
      append(Tag.false, from: start)
    case UInt8(ascii: "n"):
      try scanWord("null")
      append(Tag.null, from: start)
    case let byte: throw failure(.unexpected(byte, expected: "a value"), at: position)
    }
    return false
  }

  /// Reads a member's name and the colon; leaves the position at its value.
  @inline(__always)
  private mutating func scanName(expected: StaticString) throws(JSONFailure) {
    guard position < end else { throw failure(.unexpectedEnd, at: end) }
    guard base[position] == UInt8(ascii: "\"") else {
      throw failure(.unexpected(base[position], expected: "\(expected)"), at: position)
    }
    guard tape[Int(current)].count < limits.keysPerObject else {
      throw failure(.tooManyKeys(limit: limits.keysPerObject), at: position)
    }
    tape[Int(current)].info += JSONTapeEntry.oneChild
    let start = position
    let escaped = try scanString()
    let fingerprint =
      escaped
      ? JSONText.unescaped(base + start + 1, position - start - 2).withUnsafeBufferPointer { name in
        name.baseAddress.map { jsonFingerprint($0, name.count) } ?? jsonFingerprint(base, 0)
      } : jsonFingerprint(base + start + 1, position - start - 2)
    append(escaped ? Tag.escaped : Tag.plain, from: start, next: fingerprint)
    skipWhitespace()
    guard position < end else { throw failure(.unexpectedEnd, at: end) }
    guard base[position] == UInt8(ascii: ":") else {
      throw failure(.unexpected(base[position], expected: "':'"), at: position)
    }
    position += 1
    skipWhitespace()
  }

  private mutating func open(_ tag: UInt32) throws(JSONFailure) {
    guard depth < limits.depth else { throw failure(.tooDeep(limit: limits.depth), at: position) }
    depth += 1
    let index = UInt32(tape.count)
    append(tag, from: position, next: current)
    current = index
    position += 1
  }

  private mutating func close() throws(JSONFailure) {
    let index = Int(current)
    position += 1
    if tape[index].tag == Tag.object, !limits.allowsRepeatedNames { try checkNames(of: index) }
    depth -= 1
    current = tape[index].next
    tape[index].end = UInt32(position)
    tape[index].next = UInt32(tape.count)
  }

  @inline(__always)
  private mutating func append(_ tag: UInt32, from start: Int, next: UInt32? = nil) {
    let following = next ?? UInt32(tape.count + 1)
    tape.append(JSONTapeEntry(start: UInt32(start), end: UInt32(position), next: following, info: tag))
  }

  @inline(__always)
  private func isObject(_ index: UInt32) -> Bool { tape[Int(index)].tag == Tag.object }

  @inline(__always)
  private mutating func skipWhitespace() {
    while position < end {
      switch base[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func scanWord(_ word: StaticString) throws(JSONFailure) {
    for index in 0..<word.utf8CodeUnitCount {
      guard position < end else { throw failure(.unexpectedEnd, at: end) }
      guard base[position] == word.utf8Start[index] else {
        throw failure(.unexpected(base[position], expected: "\(word)"), at: position)
      }
      position += 1
    }
  }

  func failure(_ kind: JSONFailure.Kind, at offset: Int) -> JSONFailure {
    var line = 1
    for index in 0..<min(offset, end) where base[index] == 0x0A { line += 1 }
    return JSONFailure(kind: kind, offset: offset, line: line)
  }
}
