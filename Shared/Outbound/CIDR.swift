import Transport

/// A range of addresses, as in `10.0.0.0/8` or `fd00::/8`.
package struct CIDR: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 bytes, network order; bits beyond the prefix are zero.
  package let bytes: [UInt8]
  package let prefix: Int

  /// Nil unless `text` is an address, a slash and a prefix length that leaves no stray bits.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let length = Int(parts[1]), String(length) == parts[1],
      let address = try? SocketAddress(host: String(parts[0]), port: 0), length >= 0, length <= address.bytes.count * 8
    else { return nil }
    // Stray bits behind the prefix are a typing error that would silently widen the range.
    guard Self.masked(address.bytes, length) == address.bytes else { return nil }
    bytes = address.bytes
    prefix = length
    description = "\(address.host)/\(length)"
  }

  package let description: String

  /// True for an address of the same family inside the range.
  package func contains(_ address: [UInt8]) -> Bool {
    address.count == bytes.count && Self.masked(address, prefix) == bytes
  }

  private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
    bytes.enumerated().map { index, byte in
      let bits = min(8, max(0, prefix - index * 8))
      return byte & UInt8(truncatingIfNeeded: 0xff00 >> bits)
    }
  }
}
