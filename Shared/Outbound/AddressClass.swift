/// Which addresses are on the public internet. Everything not known to be is refused.
enum AddressClass {
  /// IANA's special-purpose registry for IPv4 (RFC 6890 and later entries), plus multicast and the former class E.
  private static let private4 = ranges([
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  ])

  /// Only global unicast is public at all; these are its parts that embed an IPv4 address (Teredo, 6to4), are for
  /// documentation, or for benchmarks and protocol assignments. NAT64 and mapped addresses lie outside 2000::/3.
  private static let global6 = ranges(["2000::/3"])
  private static let private6 = ranges(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48"])

  /// Metadata services of the large clouds: refused even where an allowed range contains them.
  private static let metadata = ranges([
    "169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32", "168.63.129.16/32",
    "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128",
  ])

  private static func ranges(_ texts: [String]) -> [CIDR] { texts.compactMap { CIDR($0) } }

  static func isPublic(_ bytes: [UInt8]) -> Bool {
    if bytes.count == 4 { return !private4.contains { $0.contains(bytes) } }
    return global6.contains { $0.contains(bytes) } && !private6.contains { $0.contains(bytes) }
  }

  static func isMetadata(_ bytes: [UInt8]) -> Bool { metadata.contains { $0.contains(embedded4(bytes) ?? bytes) } }

  /// The IPv4 address inside a mapped (`::ffff:a.b.c.d`) or NAT64 (`64:ff9b::a.b.c.d`) one.
  private static func embedded4(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count == 16 else { return nil }
    let head = Array(bytes[..<12])
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    let translated: [UInt8] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
    return head == mapped || head == translated ? Array(bytes[12...]) : nil
  }

  /// How many ranges each table holds; a misspelt one would silently be missing, so a test counts them.
  static var tableSizes: [Int] { [private4.count, private6.count, metadata.count, global6.count] }
}
