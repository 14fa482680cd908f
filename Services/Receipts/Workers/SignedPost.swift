import Contracts
import Crypto
import Outbound

/// One attempt as it goes out: every header, signed for this moment. First tries, retries, replays and tests are all made
/// here, so none of them lacks what another has.
struct SignedPost: Sendable {
  let webhook: WebhookID
  let url: String
  let body: [UInt8]
  let signed: SignedDelivery
  /// Of the customer's own.
  let ownHeaders: [WebhookHeader]

  /// `at` is in milliseconds.
  init(
    _ body: [UInt8], id: EventID, to url: String, of webhook: WebhookRow, _ keyring: SealingKeyring, at now: Int64
  ) throws(WebhookRow.Unreadable) {
    self.webhook = webhook.id
    self.url = url
    self.body = body
    signed = SignedDelivery(
      body: body, eventID: id.text, timestamp: now / 1000, secrets: try webhook.secrets(keyring, at: now))
    ownHeaders = try webhook.ownHeaders(keyring)
  }

  /// Those that the platform sets.
  var platformHeaders: [(name: String, value: String)] { [("Content-Type", "application/json")] + signed.headers }

  /// Own headers cannot stand for ours: such names are refused when they are saved (`OwnHeaders`), and left out here.
  var request: OutboundRequest {
    let own = ownHeaders.compactMap { header in
      OwnHeaders.isReserved(header.name) ? nil : header.value.map { (name: header.name, value: $0) }
    }
    return OutboundRequest(method: "POST", url: url, headers: platformHeaders + own, body: body, mayRepeat: true)
  }
}
