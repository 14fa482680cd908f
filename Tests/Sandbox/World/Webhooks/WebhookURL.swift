/// Where webhooks go: plain `http`, as inside one machine or one private network.
package struct WebhookURL: Sendable, Hashable, CustomStringConvertible {
  package let host: String
  package let port: Int
  /// Path with query, starting with `/`.
  package let path: String

  /// Throws for anything but `http://host[:port][/path][?query]`.
  package init(_ text: String) throws(ControlFailure) {
    guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw ControlFailure("a webhook URL is at most 2048 visible ASCII characters")
    }
    guard text.hasPrefix("http://") else {
      throw ControlFailure("the sandbox delivers webhooks over plain http:// only, not \(text)")
    }
    let rest = text.dropFirst(7)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let authority = rest[..<end]
    var host = authority
    var port = 80
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
        throw ControlFailure("not a port in \(text)")
      }
      port = number
      host = authority[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, !host.contains("@") else { throw ControlFailure("no host in \(text)") }
    self.host = String(host)
    self.port = port
    let path = rest[end...].prefix(while: { $0 != "#" })
    self.path = path.first == "/" ? String(path) : "/" + path
  }

  var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  package var description: String { "http://\(authority)\(path)" }
}
