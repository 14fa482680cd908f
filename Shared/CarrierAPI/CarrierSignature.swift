package import Crypto

/// The signature a carrier of Twilio's shape puts on its webhooks (`X-Twilio-Signature`): HMAC-SHA1 over the URL it
/// called and the form's fields, in base64, keyed with the account's token.
///
/// It carries no time, so a request can be replayed: whoever acts on one must take each call and event once.
package enum CarrierSignature {
  /// Whether one of `tokens` signed a request to `url` with these form fields; a GET has none, its query is part of
  /// the URL. `url` is the public one, its path and query exactly as called. Carriers are inconsistent about ports
  /// that go without saying, so the URL counts with and without.
  package static func isValid(
    signature: String, url: String, parameters: [(name: String, value: String)], tokens: [Secret]
  ) -> Bool {
    isValid(signature: signature, url: url, form: CarrierForm(texts: parameters), tokens: tokens)
  }

  /// The same for a form as it came: what was signed are its bytes, whether or not they are text.
  package static func isValid(signature: String, url: String, form: CarrierForm, tokens: [Secret]) -> Bool {
    let given = Array(signature.utf8)
    let fields = text(of: form)
    var isValid = false
    for token in tokens where !token.isEmpty {
      for url in spellings(of: url) {
        let code = HMACSHA1.authenticate(Array(url.utf8) + fields, key: token.bytes)
        isValid = constantTimeEquals(Array(Base64.encode(code).utf8), given) || isValid
      }
    }
    return isValid
  }

  /// The same for a body that is no form: the query binds it with `bodySHA256`, and the signature covers the URL alone.
  package static func isValid(signature: String, url: String, body: [UInt8], tokens: [Secret]) -> Bool {
    guard let claimed = bodyDigest(in: url) else { return false }
    let digest = Hex.encode(SHA256.hash(body))
    return constantTimeEquals(Array(digest.utf8), Array(claimed.lowercased().utf8))
      && isValid(signature: signature, url: url, parameters: [], tokens: tokens)
  }

  /// The signature of a request, as the carrier makes it.
  package static func make(url: String, parameters: [(name: String, value: String)], token: Secret) -> String {
    Base64.encode(HMACSHA1.authenticate(Array(url.utf8) + text(of: CarrierForm(texts: parameters)), key: token.bytes))
  }

  /// Names in byte order, each with its distinct values in byte order, nothing between them.
  private static func text(of form: CarrierForm) -> [UInt8] {
    var values: [[UInt8]: Set<[UInt8]>] = [:]
    for (name, value) in form.fields { values[name, default: []].insert(value) }
    var text: [UInt8] = []
    for (name, values) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      for value in values.sorted(by: { $0.lexicographicallyPrecedes($1) }) { text += name + value }
    }
    return text
  }

  /// The URL as given, without its port, and with its scheme's default port where it names no other.
  static func spellings(of url: String) -> [String] {
    guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return [url] }
    let start = url[..<url.index(colon, offsetBy: 3)]
    let rest = url[start.endIndex...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let tail = rest[authority.endIndex...]
    let host = authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...]
    // The last colon inside brackets belongs to an IPv6 address.
    if let port = host.lastIndex(of: ":"), !host[port...].contains("]") {
      return [url, "\(start)\(authority[..<port])\(tail)"]
    }
    let standard = url[..<colon].lowercased() == "http" ? "80" : "443"
    return [url, "\(start)\(authority):\(standard)\(tail)"]
  }

  private static func bodyDigest(in url: String) -> String? {
    guard let question = url.firstIndex(of: "?") else { return nil }
    for pair in url[url.index(after: question)...].split(separator: "&") where pair.hasPrefix("bodySHA256=") {
      return String(pair.dropFirst("bodySHA256=".count))
    }
    return nil
  }
}
