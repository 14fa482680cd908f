/// An absolute `http`/`https` URL taken apart strictly: what is checked is exactly what is dialled.
package struct OutboundURL: Sendable, Equatable {
  package let isTLS: Bool
  /// Lower case, without brackets and without a trailing dot.
  package let host: String
  package let port: Int
  /// Path and query, at least "/".
  package let target: String

  /// `host:port`, the key of concurrency limits and exact host rules.
  package var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  /// Throws `.badRequest`, or `.egressDenied` for a scheme or user name that no configuration allows.
  package init(_ text: String) throws(OutboundFailure) {
    func bad(_ why: String) -> OutboundFailure { OutboundFailure(.badRequest, neverLeft: true, why) }
    let bytes = Array(text.utf8)
    guard bytes.count <= 8192 else { throw bad("the URL is longer than 8192 bytes") }
    // Control characters would split the request; the rest are characters RFC 3986 does not know.
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !#""<>\^`{|}"#.utf8.contains($0) }) else {
      throw bad("the URL holds a character that must be percent-encoded")
    }
    guard let colon = text.firstIndex(of: ":") else { throw bad("the URL has no scheme") }
    switch text[..<colon].lowercased() {
    case "https": isTLS = true
    case "http": isTLS = false
    default:
      throw OutboundFailure(.egressDenied(.scheme), neverLeft: true, "only http and https URLs can be called")
    }
    let rest = text[text.index(after: colon)...]
    guard rest.hasPrefix("//") else { throw bad("the URL has no host") }
    let afterSlashes = rest.dropFirst(2)
    let end = afterSlashes.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? afterSlashes.endIndex
    let authority = afterSlashes[..<end]
    let tail = afterSlashes[end...]
    guard !tail.contains("#") else { throw bad("the URL has a fragment, which is never sent") }
    guard !authority.contains("@") else {
      throw OutboundFailure(.egressDenied(.userInfo), neverLeft: true, "the URL holds a user name or password")
    }
    (host, port) = try Self.split(authority, defaultPort: isTLS ? 443 : 80)
    target = tail.hasPrefix("/") ? String(tail) : "/" + tail
  }

  /// Takes `host:port` apart; used for URLs and for the guard's CONNECT.
  static func split(_ authority: Substring, defaultPort: Int?) throws(OutboundFailure) -> (host: String, port: Int) {
    func bad(_ why: String) -> OutboundFailure { OutboundFailure(.badRequest, neverLeft: true, why) }
    var host = authority
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { throw bad("the host has an unclosed bracket") }
      host = authority[authority.index(after: authority.startIndex)..<close]
      let after = authority[authority.index(after: close)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw bad("text after the host's bracket") }
      if !after.isEmpty { portText = after.dropFirst() }
      guard host.contains(":") else { throw bad("brackets around something that is no IPv6 address") }
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      portText = authority[authority.index(after: colon)...]
    }
    let port: Int
    if let portText {
      guard (1...5).contains(portText.utf8.count), portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int(portText), (1...65535).contains(number)
      else { throw bad("the port is not a number from 1 to 65535") }
      port = number
    } else if let defaultPort {
      port = defaultPort
    } else {
      throw bad("no port")
    }
    var name = host.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    guard !name.isEmpty, name.utf8.count <= 253 else { throw bad("the host is empty or longer than 253 bytes") }
    let isLiteral6 = authority.hasPrefix("[")
    let allowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
      case UInt8(ascii: "-"), UInt8(ascii: "_"): !isLiteral6
      case UInt8(ascii: ":"), UInt8(ascii: "%"): isLiteral6
      default: false
      }
    }
    guard allowed, isLiteral6 || !name.split(separator: ".", omittingEmptySubsequences: false).contains("") else {
      throw bad("the host is neither a name (punycode for other scripts) nor an address")
    }
    return (name, port)
  }
}
