import Crypto

/// The headers that prove a delivery is ours.
///
/// `X-Signature-256` signs the body alone with the whole secret text; the Standard Webhooks headers sign id,
/// time and body with the decoded secret, and only they stop replays.
struct SignedDelivery: Sendable, Equatable {
  /// `sha256=` and lower-case hex over the body.
  let bodySignature: String
  /// The event's id, the same at every attempt: the receiver's key for spotting doubles.
  let id: String
  /// The attempt's own time, in seconds.
  let timestamp: String
  /// `v1,` and base64 over `id.timestamp.body`, made anew at every attempt.
  let signature: String

  init(body: [UInt8], eventID: String, timestamp seconds: Int64, secret: SigningSecret) {
    id = eventID
    timestamp = String(seconds)
    bodySignature = "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: secret.text.bytes))
    let signed = Array("\(eventID).\(seconds).".utf8) + body
    signature = "v1," + Base64.encode(HMACSHA256.authenticate(signed, key: secret.key.bytes))
  }

  var headers: [(name: String, value: String)] {
    [
      ("X-Signature-256", bodySignature), ("webhook-id", id), ("webhook-timestamp", timestamp),
      ("webhook-signature", signature),
    ]
  }
}
