/// One POST: its updates, its bytes, how often it was tried. The same bytes go out on every try, as Meta's do.
struct WebhookDelivery: Sendable {
  let url: WebhookURL
  let updates: [WebhookUpdate]
  let body: [UInt8]
  let hasWrongSignature: Bool
  var attempts = 0
}
