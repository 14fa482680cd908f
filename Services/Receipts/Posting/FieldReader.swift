/// Reads what `FieldWriter` wrote. The other side may have been taken over: nothing it says is believed unread.
struct FieldReader {
  struct Malformed: Error {}

  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(Malformed) -> Number {
    let size = Number.bitWidth / 8
    guard rest.count >= size else { throw Malformed() }
    var value: Number = 0
    for byte in rest.prefix(size) { value = value << 8 | Number(truncatingIfNeeded: byte) }
    rest = rest.dropFirst(size)
    return value
  }

  mutating func bytes(limit: Int) throws(Malformed) -> [UInt8] {
    let count = Int(try number(UInt32.self))
    guard count <= limit, rest.count >= count else { throw Malformed() }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func text(limit: Int) throws(Malformed) -> String {
    String(decoding: try bytes(limit: limit), as: UTF8.self)
  }

  func end() throws(Malformed) { if !rest.isEmpty { throw Malformed() } }
}
