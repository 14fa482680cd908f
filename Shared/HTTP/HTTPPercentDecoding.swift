/// Percent-decoding of paths, queries and forms; broken encodings and bad UTF-8 are refused, not repaired.
package enum HTTPPercentDecoding {
  /// The decoded text; nil when a "%" is not followed by two digits, or for NUL, or for bad UTF-8.
  package static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case 0x25:
        guard let high = rest.next().flatMap(HTTPBytes.hexValue), let low = rest.next().flatMap(HTTPBytes.hexValue),
          high | low != 0
        else { return nil }
        bytes.append(high << 4 | low)
      case 0x2B where plusIsSpace: bytes.append(0x20)
      case 0: return nil
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The pairs of a query or of an `application/x-www-form-urlencoded` body; nil when an encoding is broken.
  package static func form(_ text: String) -> [(name: String, value: String)]? {
    var items: [(name: String, value: String)] = []
    for pair in text.utf8.split(separator: 0x26) {
      let parts = pair.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decode(parts[0], plusIsSpace: true),
        let value = parts.count == 2 ? decode(parts[1], plusIsSpace: true) : ""
      else { return nil }
      items.append((name, value))
    }
    return items
  }
}
