import GraphAPI
import HTTP
import Crypto
import Store
import Telemetry

/// Meta's end of the line: the subscription handshake, and signed batches that are stored before they are answered.
struct MetaWebhook: Sendable {
  /// Meta documents batches up to 3 MB.
  static let bodyLimit = 3 << 20

  let database: Database
  let signature: WebhookSignature
  let verifyToken: Secret
  let clock: WallClock
  let log: Log
  let received: Counter
  let refused: Counter
  let onStored: @Sendable () -> Void

  /// Meta asks with GET whether this is the right address: the challenge goes back as it came.
  func handshake(_ request: HTTPRequest) async -> HTTPResponse {
    var items: [String: String] = [:]
    var isRepeated = false
    for item in request.queryItems() ?? [] {
      if items.updateValue(item.value, forKey: item.name) != nil { isRepeated = true }
    }
    // Of a repeated parameter nobody could say which one counts.
    guard !isRepeated, items["hub.mode"] == "subscribe", let challenge = items["hub.challenge"],
      constantTimeEquals(Array((items["hub.verify_token"] ?? "").utf8), verifyToken.bytes)
    else {
      return .problem(
        403, code: "WEBHOOK_HANDSHAKE_REFUSED", detail: "hub.mode, hub.challenge or hub.verify_token is not right.")
    }
    return .text(challenge)
  }

  /// Signature over the raw bytes first; then durable; then 200. Nothing is parsed here.
  func receive(_ request: HTTPRequest) async -> HTTPResponse {
    guard signature.isValid(header: request.headers["X-Hub-Signature-256"], body: request.body) else {
      refused.increment()
      log.error(
        "webhook.signature_refused",
        [
          "bytes": .int(request.body.count), "remote": .string("\(request.remote)"),
          "refused_total": .int(refused.value),
        ])
      return .problem(
        401, code: "WEBHOOK_SIGNATURE_INVALID",
        detail: "X-Hub-Signature-256 is missing or does not sign this body with the app secret.")
    }
    let body = request.body
    let now = clock.now
    do {
      try await database.write { try InboxRow.insert(body, at: now, $0) }
    } catch {
      // Not stored: Meta tries again, for days.
      log.error("webhook.not_stored", ["error": .string("\(error)")])
      return .problem(503, code: "WEBHOOK_NOT_STORED", detail: "The webhook could not be stored; deliver it again.")
    }
    received.increment()
    onStored()
    return .text("OK")
  }
}
