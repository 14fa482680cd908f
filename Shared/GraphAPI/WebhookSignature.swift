package import Crypto

/// Meta's `X-Hub-Signature-256: sha256=<hex>` over the raw body with the app secret.
package struct WebhookSignature: Sendable {
  private let keys: [HMACSHA256Key]

  /// Accepts any of the secrets: two while one is being rotated.
  package init(appSecrets: [Secret]) {
    keys = appSecrets.map { HMACSHA256Key($0.bytes) }
  }

  /// True when the header signs exactly these bytes. Never re-serialise: Meta signs its own escapes.
  package func isValid(header: String?, body: [UInt8]) -> Bool {
    guard let header, header.hasPrefix("sha256="), header.utf8.count == 71,
      let claimed = Hex.decode(String(header.dropFirst(7)))
    else { return false }
    var isValid = false
    for key in keys where constantTimeEquals(key.authenticate(body), claimed) { isValid = true }
    return isValid
  }
}
