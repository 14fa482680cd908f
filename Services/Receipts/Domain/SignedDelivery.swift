import Crypto

/// The headers that prove a delivery is ours.
///
/// `X-Signature-256` signs the body alone with the whole secret text; the Standard Webhooks headers sign id,
/// time and body with the decoded secret, and only they stop replays.
struct SignedDelivery: Sendable, Equatable {
  var headers: [String: String]

  /// `eventID` is the same at every attempt, `timestamp` (s) and signature are the attempt's own. Nil when the
  /// secret is not one of ours.
  init?(body: [UInt8], eventID: String, timestamp: Int64, secret: SigningSecret) {
    guard let key = secret.decoded else { return nil }
    let signed = Array("\(eventID).\(timestamp).".utf8) + body
    headers = [
      "X-Signature-256": "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: Array(secret.text.utf8))),
      "webhook-id": eventID,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": "v1," + Base64.encode(HMACSHA256.authenticate(signed, key: key)),
    ]
  }
}
