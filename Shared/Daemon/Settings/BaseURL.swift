/// Checks the base URLs that operators set: scheme, host, optional port and path, nothing else.
enum BaseURL {
  /// The URL without a trailing slash, or what is wrong with it.
  static func parse(_ text: String, schemes: [String]) -> Result<String, SmallFile.Failure> {
    let expected = schemes.map { "\($0)://host" }.joined(separator: " or ")
    guard let marker = text.firstIndex(of: ":"), text[marker...].hasPrefix("://") else {
      return wrong("expected \(expected)")
    }
    let scheme = text[..<marker].lowercased()
    if !schemes.contains(scheme) { return wrong("the scheme must be \(schemes.joined(separator: " or "))") }
    let rest = text[text.index(marker, offsetBy: 3)...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    let path = rest[slash...]
    if authority.contains("@") { return wrong("user names and passwords do not belong into a URL") }
    if HostPort(parsing: String(authority)) == nil && HostPort(parsing: "\(authority):1") == nil {
      return wrong("\"\(authority)\" is no host")
    }
    if path.contains("?") || path.contains("#") { return wrong("a base URL has no query and no fragment") }
    if !path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return wrong("the path has characters to be encoded") }
    let trimmed = path.hasSuffix("/") ? path.dropLast() : path
    return .success("\(scheme)://\(authority)\(trimmed)")
  }

  private static func wrong(_ message: String) -> Result<String, SmallFile.Failure> {
    .failure(SmallFile.Failure(message: message))
  }
}
