import Transport

/// What a host text means, with all the ways to write an address that resolvers accept and people do not expect.
enum HostSpelling: Equatable {
  case name
  /// 4 or 16 bytes.
  case address([UInt8])
  /// Decimal, octal, hex and short forms, zone ids, `localhost`: nobody writes these for a public endpoint.
  case suspicious

  /// `host` in lower case without brackets and trailing dot, as `OutboundURL` gives it.
  init(_ host: String) {
    if host.contains("%") {
      self = .suspicious
    } else if let address = try? SocketAddress(host: host, port: 0) {
      self = .address(address.bytes)
    } else if host.contains(":") || host == "localhost" || host.hasSuffix(".localhost") || Self.endsInNumber(host) {
      self = .suspicious
    } else {
      self = .name
    }
  }

  /// The WHATWG URL rule: such a host is an IPv4 address to browsers and to `inet_aton`, in whatever base.
  private static func endsInNumber(_ host: String) -> Bool {
    guard let last = host.split(separator: ".").last else { return true }
    if last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
    return last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit)
  }
}
