/// The fields of an `application/x-www-form-urlencoded` body or of a query, in their bytes: a caller's name may come in
/// another encoding than UTF-8, and a carrier's call is not to be lost for it. A `%` without two hexadecimal digits
/// after it stands for itself, as browsers have it.
package struct CarrierForm: Sendable {
  let fields: [(name: [UInt8], value: [UInt8])]

  package init(_ body: [UInt8]) {
    fields = body.split(separator: UInt8(ascii: "&")).map { pair in
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decoded(parts[0]), parts.count == 2 ? Self.decoded(parts[1]) : [])
    }
  }

  init(texts: [(name: String, value: String)]) {
    fields = texts.map { (Array($0.name.utf8), Array($0.value.utf8)) }
  }

  /// The fields as text, in their order; bytes that are not UTF-8 become U+FFFD.
  package var texts: [(name: String, value: String)] {
    fields.map { (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)) }
  }

  private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let high = digit(rest[rest.startIndex]),
        let low = digit(rest[rest.startIndex + 1])
      {
        bytes.append(high << 4 | low)
        rest.removeFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
