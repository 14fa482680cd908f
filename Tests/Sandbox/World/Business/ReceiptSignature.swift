import Crypto

/// Checks the two signatures a receipt carries, as a careful receiver would.
enum ReceiptSignature {
  /// How far the signed time may be from now (Standard Webhooks asks for a window).
  static let window: Int64 = 300

  /// The headers a receipt is checked by.
  struct Headers: Sendable {
    var signature256: String?
    /// Of the new secret, while two sign.
    var signature256Next: String?
    var id: String?
    var timestamp: String?
    var signature: String?
  }

  /// Nil when both signatures are right, else what is wrong.
  static func problem(_ headers: Headers, body: [UInt8], secret: String, nowSeconds: Int64) -> String? {
    guard let own = headers.signature256 else { return "X-Signature-256 is missing" }
    guard own.hasPrefix("sha256="), let code = Hex.decode(String(own.dropFirst(7))) else {
      return "X-Signature-256 is not sha256=<hex>"
    }
    let key = HMACSHA256Key(Array(secret.utf8))
    // Whoever has taken over the new secret of an exchange looks at the header beside it.
    let next = headers.signature256Next.flatMap { $0.hasPrefix("sha256=") ? Hex.decode(String($0.dropFirst(7))) : nil }
    guard key.isValid(code, for: body) || next.map({ key.isValid($0, for: body) }) == true else {
      return "X-Signature-256 is wrong"
    }
    return standardProblem(headers, body, secret, nowSeconds)
  }

  /// Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body` with the decoded part of `whsec_…`.
  private static func standardProblem(
    _ headers: Headers, _ body: [UInt8], _ secret: String, _ nowSeconds: Int64
  ) -> String? {
    guard let id = headers.id, !id.isEmpty else { return "webhook-id is missing" }
    guard let stamp = headers.timestamp, let seconds = Int64(stamp) else { return "webhook-timestamp is missing" }
    guard abs(nowSeconds - seconds) <= window else { return "webhook-timestamp is more than \(window) s away" }
    guard let list = headers.signature else { return "webhook-signature is missing" }
    guard secret.hasPrefix("whsec_"), let key = Base64.decode(String(secret.dropFirst(6))) else {
      return "the secret is not whsec_<base64>"
    }
    let prepared = HMACSHA256Key(key)
    let signed = Array("\(id).\(stamp).".utf8) + body
    let isValid = list.split(separator: " ").prefix(16).contains { entry in
      guard entry.hasPrefix("v1,"), let code = Base64.decode(String(entry.dropFirst(3))) else { return false }
      return prepared.isValid(code, for: signed)
    }
    return isValid ? nil : "webhook-signature is wrong"
  }
}
