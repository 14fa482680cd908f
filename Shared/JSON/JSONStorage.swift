/// The bytes of a document and its tape, shared by all nodes that point into it. Immutable once scanned.
final class JSONStorage: Sendable {
  let bytes: [UInt8]
  let tape: [JSONTapeEntry]

  init(bytes: [UInt8], tape: [JSONTapeEntry]) {
    self.bytes = bytes
    self.tape = tape
  }

  @inline(__always)
  func kind(at index: Int) -> JSONKind {
    switch tape[index].tag {
    case JSONTapeEntry.Tag.null: .null
    case JSONTapeEntry.Tag.true, JSONTapeEntry.Tag.false: .bool
    case JSONTapeEntry.Tag.integer, JSONTapeEntry.Tag.decimal: .number
    case JSONTapeEntry.Tag.plain, JSONTapeEntry.Tag.escaped: .string
    case JSONTapeEntry.Tag.array: .array
    default: .object
    }
  }

  /// Calls `body` with the bytes of the value at `index`, `trim` of them left off at both ends.
  @inline(__always)
  func withBytes<Result>(at index: Int, trim: Int = 0, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let entry = tape[index]
    return bytes.withUnsafeBufferPointer { all in
      body(UnsafeBufferPointer(rebasing: all[(Int(entry.start) + trim)..<(Int(entry.end) - trim)]))
    }
  }

  /// The text of the string or member name at `index`, which must be one.
  @inline(__always)
  func text(at index: Int) -> String {
    let plain = tape[index].tag == JSONTapeEntry.Tag.plain
    return withBytes(at: index, trim: 1) { raw in
      if plain { return String(decoding: raw, as: UTF8.self) }
      return raw.baseAddress.map { JSONText.string($0, raw.count) } ?? ""
    }
  }

  /// Whether the string or member name at `index` stands for exactly these UTF-8 bytes.
  @inline(__always)
  func text(at index: Int, equals wanted: UnsafeBufferPointer<UInt8>) -> Bool {
    let plain = tape[index].tag == JSONTapeEntry.Tag.plain
    return withBytes(at: index, trim: 1) { raw in
      if plain { return sameBytes(raw, wanted) }
      guard raw.count > wanted.count, let start = raw.baseAddress else { return false }
      return JSONText.unescaped(start, raw.count).elementsEqual(wanted)
    }
  }

  /// The integer at `index`, or nil if it is not written as one or does not fit.
  @inline(__always)
  func integer<Value: FixedWidthInteger>(at index: Int) -> Value? {
    guard tape[index].tag == JSONTapeEntry.Tag.integer else { return nil }
    return withBytes(at: index) { raw in raw.baseAddress.flatMap { JSONNumber.integer($0, raw.count) } }
  }

  /// The number at `index`; nil if it is not a number. Always finite: the scanner refuses the others.
  @inline(__always)
  func double(at index: Int) -> Double? {
    let tag = tape[index].tag
    guard tag == JSONTapeEntry.Tag.integer || tag == JSONTapeEntry.Tag.decimal else { return nil }
    return withBytes(at: index) { raw in raw.baseAddress.map { JSONNumber.double($0, raw.count) } }
  }

  /// Index of the value of the member called `name` of the object at `object`, or nil.
  ///
  /// The search begins at the name at index `hint`, which must be one of this object's, and wraps around: fields that
  /// are asked for in the order they were sent in are each found at once.
  @inline(__always)
  func member(
    _ name: UnsafeBufferPointer<UInt8>, of object: Int, from hint: Int
  ) -> Int? {
    let end = Int(tape[object].next)
    let fingerprint =
      name.baseAddress.map { jsonFingerprint($0, name.count) } ?? JSONStorage.emptyFingerprint
    var at = hint
    while at < end {
      if tape[at].next == fingerprint && text(at: at, equals: name) { return at + 1 }
      at = Int(tape[at + 1].next)
    }
    at = object + 1
    while at < hint {
      if tape[at].next == fingerprint && text(at: at, equals: name) { return at + 1 }
      at = Int(tape[at + 1].next)
    }
    return nil
  }

  /// `elementsEqual` compares byte by byte; names are looked up often enough to notice.
  @inline(__always)
  private func sameBytes(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard one.count == other.count, let first = UnsafeRawPointer(one.baseAddress),
      let second = UnsafeRawPointer(other.baseAddress)
    else { return one.count == other.count }
    var at = 0
    while at + 8 <= one.count {
      let same =
        first.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        == second.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      if !same { return false }
      at += 8
    }
    while at < one.count {
      if one[at] != other[at] { return false }
      at += 1
    }
    return true
  }

  private static let emptyFingerprint: UInt32 = [UInt8(0)].withUnsafeBufferPointer { byte in
    byte.baseAddress.map { jsonFingerprint($0, 0) } ?? 0
  }
}
