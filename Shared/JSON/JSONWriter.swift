/// Builds JSON by appending: for envelopes written by hand, and below the encoder.
///
/// It places commas and escapes strings. It trusts the caller to pair `begin` and `end`, to write a key before each
/// member, and to hand `raw` complete JSON: those are our own lines, not input.
package struct JSONWriter: Sendable {
  /// `storage[..<used]` is written; the rest is room. Room is part of the array so that a write is one copy.
  private var storage: [UInt8]
  private var used: Int
  private let headerBytes: Int
  private var needsComma = false

  /// A writer that leaves `headerBytes` zero bytes in front of the JSON, for a frame's length, and has room for
  /// `capacity` bytes before it grows.
  package init(leaving headerBytes: Int = 0, capacity: Int = 256) {
    storage = [UInt8](repeating: 0, count: headerBytes + max(capacity, 16))
    used = headerBytes
    self.headerBytes = headerBytes
  }

  private init(storage: [UInt8]) {
    self.storage = storage
    used = 0
    headerBytes = 0
  }

  /// Bytes of JSON so far, without the header.
  package var count: Int { used - headerBytes }

  /// What was written so far, the header included.
  package var bytes: [UInt8] { Array(storage[..<used]) }

  /// Ends writing and returns the bytes, the header included.
  package consuming func finish() -> [UInt8] {
    storage.removeLast(storage.count - used)
    return storage
  }

  /// Hands the bytes to a new owner and leaves an empty writer without room behind.
  mutating func moved() -> JSONWriter {
    var empty = JSONWriter(storage: [])
    swap(&self, &empty)
    return empty
  }

  /// Forgets what was written and keeps the room.
  package mutating func removeAll() {
    used = headerBytes
    needsComma = false
  }

  package mutating func beginObject() { begin(UInt8(ascii: "{")) }
  package mutating func endObject() { end(UInt8(ascii: "}")) }
  package mutating func beginArray() { begin(UInt8(ascii: "[")) }
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes a member's name exactly as given; its value must follow.
  package mutating func key(_ name: String) {
    comma()
    var name = name
    name.withUTF8 { quote($0) }
    put(UInt8(ascii: ":"))
  }

  /// Writes a member's name in its wire spelling.
  @inline(__always)
  mutating func key(ofProperty name: String) {
    comma()
    var name = name
    name.withUTF8 { JSONKeySpelling.withWire($0) { quote($0) } }
    put(UInt8(ascii: ":"))
  }

  package mutating func string(_ value: String) {
    comma()
    var value = value
    value.withUTF8 { quote($0) }
    needsComma = true
  }

  package mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
  package mutating func null() { word("null") }

  package mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    comma()
    if value < 0 { put(UInt8(ascii: "-")) }
    digits(UInt64(value.magnitude))
    needsComma = true
  }

  /// Writes the shortest number that reads back as `value`; refuses NaN and the infinities, which JSON lacks.
  package mutating func double(_ value: Double) throws(JSONEncodingFailure) {
    guard value.isFinite else { throw JSONEncodingFailure(path: path, reason: "\(value) is not a JSON number") }
    comma()
    var text = value.description
    text.withUTF8 { copy($0) }
    needsComma = true
  }

  /// As `double`, with the digits a `Float` needs.
  mutating func float(_ value: Float) throws(JSONEncodingFailure) {
    guard value.isFinite else { throw JSONEncodingFailure(path: path, reason: "\(value) is not a JSON number") }
    comma()
    var text = value.description
    text.withUTF8 { copy($0) }
    needsComma = true
  }

  /// Writes a complete JSON value that is already text, unchanged.
  package mutating func raw(_ json: ArraySlice<UInt8>) {
    comma()
    json.withUnsafeBufferPointer { copy($0) }
    needsComma = true
  }

  /// Writes a complete JSON value that is already text, unchanged.
  package mutating func raw(_ json: [UInt8]) { raw(json[...]) }

  /// Writes a value of a document as it was received.
  package mutating func raw(_ node: JSONNode) { raw(node.bytes) }

  /// Where writing stands, as a path for messages.
  var path: String {
    storage.withUnsafeBufferPointer { JSONWriterPath.text(of: $0[headerBytes..<used], afterValue: needsComma) }
  }

  // MARK: Bytes

  @inline(__always)
  private mutating func comma() {
    if needsComma { put(UInt8(ascii: ",")) }
    needsComma = false
  }

  @inline(__always)
  private mutating func begin(_ bracket: UInt8) {
    comma()
    put(bracket)
  }

  @inline(__always)
  private mutating func end(_ bracket: UInt8) {
    put(bracket)
    needsComma = true
  }

  private mutating func word(_ word: StaticString) {
    comma()
    copy(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    needsComma = true
  }

  @inline(__always)
  private mutating func reserve(_ bytes: Int) {
    if storage.count - used < bytes { grow(bytes) }
  }

  @inline(never)
  private mutating func grow(_ bytes: Int) {
    let room = max(storage.count, bytes)
    storage.append(contentsOf: repeatElement(0, count: room))
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    reserve(1)
    storage[used] = byte
    used += 1
  }

  @inline(__always)
  private mutating func copy(_ bytes: UnsafeBufferPointer<UInt8>) {
    reserve(bytes.count)
    let at = used
    storage.withUnsafeMutableBufferPointer { room in
      guard let start = bytes.baseAddress, let target = room.baseAddress else { return }
      (target + at).update(from: start, count: bytes.count)
    }
    used += bytes.count
  }

  private mutating func digits(_ value: UInt64) {
    reserve(20)
    var length = 1
    var rest = value / 10
    while rest > 0 {
      length += 1
      rest /= 10
    }
    rest = value
    for offset in stride(from: length - 1, through: 0, by: -1) {
      storage[used + offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    used += length
  }

  /// Writes a string with its quotes. Escapes what RFC 8259 §7 requires and nothing more.
  @inline(__always)
  private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
    // Room for the quotes and for text without escapes; escapes ask for more themselves.
    reserve(text.count + 2)
    put(UInt8(ascii: "\""))
    var from = 0
    while true {
      let special = Self.special(text, from)
      copy(UnsafeBufferPointer(rebasing: text[from..<special]))
      if special == text.count { break }
      escape(text[special])
      from = special + 1
    }
    put(UInt8(ascii: "\""))
  }

  /// Offset of the first byte from `from` that must be escaped, or the end. Eight bytes at a time.
  @inline(__always)
  private static func special(_ text: UnsafeBufferPointer<UInt8>, _ from: Int) -> Int {
    var at = from
    let ones: UInt64 = 0x0101_0101_0101_0101
    if let base = UnsafeRawPointer(text.baseAddress) {
      while at + 8 <= text.count {
        let word = UInt64(littleEndian: (base + at).loadUnaligned(as: UInt64.self))
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        let found =
          (((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- ones &* 0x20) & ~word))
          & (ones &* 0x80)
        if found != 0 { return at + found.trailingZeroBitCount / 8 }
        at += 8
      }
    }
    while at < text.count {
      let byte = text[at]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return at }
      at += 1
    }
    return at
  }

  private mutating func escape(_ byte: UInt8) {
    put(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
    case 0x08: put(UInt8(ascii: "b"))
    case 0x09: put(UInt8(ascii: "t"))
    case 0x0A: put(UInt8(ascii: "n"))
    case 0x0C: put(UInt8(ascii: "f"))
    case 0x0D: put(UInt8(ascii: "r"))
    default:
      for digit in [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0"), UInt8(ascii: "0") + (byte >> 4)] {
        put(digit)
      }
      let low = byte & 15
      put(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    }
  }
}
