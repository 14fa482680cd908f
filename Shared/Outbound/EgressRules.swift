import Transport

/// What the egress guard lets through.
package struct EgressRules: Sendable {
  /// Also plain `http`, then on port 80 too.
  package var allowHTTP: Bool
  /// Ports customers' URLs may name; 443 unless the operator opens more (8443 is the usual one).
  package var ports: Set<Int>
  /// Ranges that are not on the public internet and are open to customers' URLs all the same (on-premises endpoints).
  package var allowedRanges: [CIDR]
  /// `host:port` pairs of the operator's own choice (a model server, the sandbox): dialled wherever they resolve to,
  /// and refused as customers' URLs, whatever the port or spelling.
  package var operatorHosts: Set<String>
  /// This platform's public names and addresses, so that nobody points it at itself; subdomains of the names too.
  package var denyHosts: Set<String>
  /// Refuses other names as well that lead to an address of a denied host. Not where those addresses are shared with
  /// others (a CDN's).
  package var deniesOwnAddresses: Bool
  /// Bytes a target may send without having been asked anything in between; 0 is no limit. URLSession collects the
  /// bodies of redirects without one.
  package var answerBytes: Int

  package init(
    allowHTTP: Bool = false, ports: Set<Int> = [443], allowedRanges: [CIDR] = [], operatorHosts: Set<String> = [],
    denyHosts: Set<String> = [], deniesOwnAddresses: Bool = true, answerBytes: Int = 8 << 20
  ) {
    self.allowHTTP = allowHTTP
    self.ports = ports
    self.allowedRanges = allowedRanges
    self.operatorHosts = Set(operatorHosts.map(Self.canonicalAuthority))
    self.denyHosts = Set(denyHosts.map(Self.canonical))
    self.deniesOwnAddresses = deniesOwnAddresses
    self.answerBytes = answerBytes
  }

  /// Says at configuration time what can be said without a look-up; for URLs that customers or models choose.
  package func check(url: String) throws(OutboundFailure) { try check(OutboundURL(url)) }

  func check(_ url: OutboundURL) throws(OutboundFailure) {
    let host = Self.canonical(url.host)
    if operatorHosts.contains(where: { Self.isSameOrBelow(host, Self.host(of: $0)) }) {
      throw Self.denied(.ownHost, "this host is reserved for the operator")
    }
    if let why = decide(host: url.host, port: url.port, isTLS: url.isTLS) {
      throw Self.denied(why, "the URL is refused: \(why.rawValue)")
    }
    if case .address(let bytes) = HostSpelling(url.host), !allows(bytes) {
      throw Self.denied(.privateAddress, "the address is not on the public internet")
    }
  }

  /// True for a target the operator named exactly.
  func isOperatorHost(_ host: String, _ port: Int) -> Bool {
    operatorHosts.contains(Self.canonicalAuthority("\(host.contains(":") ? "[\(host)]" : host):\(port)"))
  }

  /// Nil when name, port and scheme are fine; the addresses are judged after the look-up.
  func decide(host: String, port: Int, isTLS: Bool) -> EgressDenial? {
    if !isTLS && !allowHTTP { return .scheme }
    let name = Self.canonical(host)
    if denyHosts.contains(where: { Self.isSameOrBelow(name, $0) }) { return .ownHost }
    if HostSpelling(host) == .suspicious { return .spelling }
    guard ports.contains(port) || (allowHTTP && port == 80) else { return .port }
    return nil
  }

  /// True for a public address, or one in an allowed range that is no metadata service.
  func allows(_ bytes: [UInt8]) -> Bool {
    if AddressClass.isMetadata(bytes) { return false }
    return AddressClass.isPublic(bytes) || allowedRanges.contains { $0.contains(bytes) }
  }

  private static func denied(_ why: EgressDenial, _ message: String) -> OutboundFailure {
    OutboundFailure(.egressDenied(why), neverLeft: true, message)
  }

  /// Lower case, no trailing dot, addresses in their one canonical form.
  static func canonical(_ host: String) -> String {
    var name = host.lowercased()
    if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
    if name.hasSuffix(".") { name.removeLast() }
    return (try? SocketAddress(host: name, port: 0))?.host ?? name
  }

  private static func canonicalAuthority(_ authority: String) -> String {
    guard let (host, port) = try? OutboundURL.split(Substring(authority), defaultPort: 443) else {
      return authority.lowercased()
    }
    return "\(canonical(host)) \(port)"
  }

  private static func host(of canonicalAuthority: String) -> String {
    String(canonicalAuthority.prefix { $0 != " " })
  }

  private static func isSameOrBelow(_ host: String, _ parent: String) -> Bool {
    host == parent || host.hasSuffix("." + parent)
  }
}
