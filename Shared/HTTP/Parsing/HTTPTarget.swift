import Glibc

/// The request target, taken apart (RFC 9112 §3.2): origin form, absolute form, or "*" for OPTIONS.
struct HTTPTarget {
  let text: String
  /// Still percent-encoded; starts with "/" but for "*".
  let path: String
  let query: String?
  /// Host and port of the absolute form, which outweigh the Host field.
  let authority: String?

  init(parsing bytes: ArraySlice<UInt8>, method: String) throws(HTTPRefusal) {
    guard let first = bytes.first else { throw .requestLine }
    text = String(decoding: bytes, as: UTF8.self)
    if first == 0x2F {
      authority = nil
      (path, query) = try Self.split(bytes)
    } else if bytes.elementsEqual("*".utf8) {
      if method != "OPTIONS" { throw .target }
      (path, query, authority) = ("*", nil, nil)
    } else {
      let rest = try Self.afterScheme(bytes)
      let end = rest.firstIndex { $0 == 0x2F || $0 == 0x3F } ?? rest.endIndex
      if !Self.isAuthority(rest[..<end]) { throw .target }
      authority = String(decoding: rest[..<end], as: UTF8.self)
      let (path, query) = try Self.split(rest[end...])
      self.path = path.isEmpty ? "/" : path
      self.query = query
    }
  }

  /// True for `host [":" port]` with a host that is not empty and no user part (RFC 9110 §4.2).
  static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let first = bytes.first else { return false }
    let hostEnd: Int
    if first == 0x5B {
      guard let close = bytes.firstIndex(of: 0x5D) else { return false }
      var address = in6_addr()
      let text = String(decoding: bytes[(bytes.startIndex + 1)..<close], as: UTF8.self)
      // A NUL would end the C string early; it is no valid byte of a target or field, but be sure.
      guard !text.utf8.contains(0), inet_pton(AF_INET6, text, &address) == 1 else { return false }
      hostEnd = close + 1
    } else {
      hostEnd = bytes.firstIndex(of: HTTPBytes.colon) ?? bytes.endIndex
      let host = bytes[..<hostEnd]
      if host.isEmpty || !host.allSatisfy(HTTPBytes.isHostName) { return false }
    }
    let port = bytes[hostEnd...]
    if port.isEmpty { return true }
    guard port.first == HTTPBytes.colon else { return false }
    let digits = port.dropFirst()
    guard digits.count <= 5, digits.allSatisfy(HTTPBytes.isDigit) else { return false }
    return digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) } <= 65_535
  }

  private static func split(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> (String, String?) {
    let mark = bytes.firstIndex(of: 0x3F) ?? bytes.endIndex
    let path = bytes[..<mark]
    let query = bytes[mark...].dropFirst()
    guard path.allSatisfy(HTTPBytes.isPath), query.allSatisfy(HTTPBytes.isQuery) else { throw .target }
    return (
      String(decoding: path, as: UTF8.self),
      mark == bytes.endIndex ? nil : String(decoding: query, as: UTF8.self)
    )
  }

  private static func afterScheme(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> ArraySlice<UInt8> {
    for scheme in ["http://", "https://"] where HTTPHeaders.isSame(bytes.prefix(scheme.utf8.count), scheme.utf8) {
      return bytes.dropFirst(scheme.utf8.count)
    }
    throw .target
  }
}
