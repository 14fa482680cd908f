import Crypto

/// Twilio's signature of a webhook: HMAC-SHA1 over the URL as configured and the sorted parameters, in Base64.
package enum CarrierSignature {
  /// `parameters` is empty for a GET, whose parameters are part of the URL.
  package static func make(url: String, parameters: [(name: String, value: String)], token: [UInt8]) -> String {
    var text = Array(url.utf8)
    // Names by their bytes; of a repeated name each distinct value once, sorted.
    let sorted = parameters.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }.sorted { one, other in
      one.name == other.name
        ? one.value.lexicographicallyPrecedes(other.value) : one.name.lexicographicallyPrecedes(other.name)
    }
    var before: (name: [UInt8], value: [UInt8])?
    for parameter in sorted {
      if let before, before == parameter { continue }
      text += parameter.name + parameter.value
      before = parameter
    }
    return Base64.encode(HMACSHA1.authenticate(text, key: token))
  }

  /// Whether a signature is right for one of the ways a URL's port may be spelt.
  static func isValid(
    _ signature: String?, urls: [String], parameters: [(name: String, value: String)], token: [UInt8]
  ) -> Bool {
    guard let given = signature.map({ Array($0.utf8) }) else { return false }
    return urls.contains { url in
      constantTimeEquals(given, Array(make(url: url, parameters: parameters, token: token).utf8))
    }
  }
}
