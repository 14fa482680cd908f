import Crypto

/// The headers that prove a delivery is ours.
///
/// `X-Signature-256` signs the body alone with the whole secret text; the Standard Webhooks headers sign id,
/// time and body with the decoded secret, and only they stop replays.
struct SignedDelivery: Sendable, Equatable {
  /// `sha256=` and lower-case hex over the body. While two secrets sign, of the old one: whoever compares it as a whole
  /// has not heard of the rotation.
  let bodySignature: String
  /// The same by the new secret, while two sign.
  let nextBodySignature: String?
  /// The event's id, the same at every attempt: the receiver's key for spotting doubles.
  let id: String
  /// The attempt's own time, in seconds.
  let timestamp: String
  /// `v1,` and base64 over `id.timestamp.body`, made anew at every attempt; one for each secret, the new one's first.
  let signature: String

  init(body: [UInt8], eventID: String, timestamp seconds: Int64, secrets: SigningSecrets) {
    let stamp = String(seconds)
    id = eventID
    timestamp = stamp
    let content = Self.signedContent(eventID: eventID, timestamp: stamp, body: body)
    var signature = Self.standard(content, secrets.current)
    if let previous = secrets.previous {
      bodySignature = Self.plain(body, previous)
      nextBodySignature = Self.plain(body, secrets.current)
      signature += " " + Self.standard(content, previous)
    } else {
      bodySignature = Self.plain(body, secrets.current)
      nextBodySignature = nil
    }
    self.signature = signature
  }

  /// What `webhook-signature` is over.
  static func signedContent(eventID: String, timestamp: String, body: [UInt8]) -> [UInt8] {
    Array("\(eventID).\(timestamp).".utf8) + body
  }

  var headers: [(name: String, value: String)] {
    var headers = [("X-Signature-256", bodySignature)]
    if let nextBodySignature { headers.append(("X-Signature-256-Next", nextBodySignature)) }
    return headers + [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
  }

  private static func plain(_ body: [UInt8], _ secret: SigningSecret) -> String {
    "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: secret.text.bytes))
  }

  private static func standard(_ content: [UInt8], _ secret: SigningSecret) -> String {
    "v1," + Base64.encode(HMACSHA256.authenticate(content, key: secret.key.bytes))
  }
}
