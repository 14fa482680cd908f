import JSON
import SandboxWorld
import Telemetry
import TestSupport
import Testing

extension Story {
  private static func body(_ text: String) -> JSONValue {
    ["type": "body", "text": .string(text), "example": ["body_text": [["Ann", "1042"]]]]
  }

  /// A template is made, approved, sent, paused and released, edited, and deleted; the customer has read it.
  func tradeTemplates(of shop: Shop) async throws {
    let path = "/v1/senders/\(shop.sender)/templates"
    try await eventually(within: .seconds(20), "the account's own template is known") {
      try await call("GET", path)["data"]?.array?.contains { $0["name"] == "hello_world" } == true
    }
    let made = try await call(
      "POST", path,
      [
        "name": "order_ready", "language": "en_US", "category": "utility",
        "components": [Self.body("Hello {{1}}, your order {{2}} can be fetched today.")],
      ])
    let own = "/v1/templates/\(made["id"]?.string ?? "")"
    let metaID = made["meta_template_id"]?.string ?? ""
    #expect(made["status"] == "pending")
    let first = WallClock.system.now / 1_000
    try world.decideTemplate(metaID, event: "APPROVED")
    try await wait(for: "approved", of: own)
    let preview = try await call("POST", own + "/preview", ["variables": ["1": "Ann", "2": "1042"]])
    #expect(preview["body"] == "Hello Ann, your order 1042 can be fetched today.")
    let sent = try await call(
      "POST", "/v1/messages/template",
      [
        "sender_id": .string(shop.sender), "template_id": made["id"] ?? .null, "to": .string(Self.customer),
        "variables": ["1": "Ann", "2": "1042"],
      ])
    #expect(sent["text"] == preview["text"])
    try await waitForReceipts(of: sent["id"]?.string ?? "")
    try world.decideTemplate(metaID, event: "PAUSED", title: "RATE_LIMITING_PAUSE")
    try await wait(for: "paused", of: own)
    #expect(try await call("POST", own + "/unpause")["status"] == "approved")
    try await call("PATCH", own, ["components": [Self.body("Dear {{1}}, your order {{2}} can be fetched today.")]])
    // Meta tells seconds: the same news in the same second is the same webhook.
    try await eventually("another second") { WallClock.system.now / 1_000 != first }
    try world.decideTemplate(metaID, event: "APPROVED")
    try await wait(for: "approved", of: own)
    try await call("POST", path + "/sync")
    #expect(try await call("GET", own + "/events")["data"]?.array?.count ?? 0 >= 5)
    let other = try await call(
      "POST", path,
      [
        "name": "order_late", "language": "en_US", "category": "utility",
        "components": [["type": "body", "text": "Your order comes tomorrow."]],
      ])
    try await call("DELETE", "/v1/templates/\(other["id"]?.string ?? "")")
    // A header with a picture, by a file of ours.
    let picture = try await upload(TestImage.png(30, 30), "image/png", of: shop)
    let shown = try await call(
      "POST", path,
      [
        "name": "roses_today", "language": "en_US", "category": "utility",
        "components": [
          ["type": "header", "format": "image", "example": ["header_media_id": .string(picture)]],
          ["type": "body", "text": "Your roses are ready."],
        ],
      ])
    #expect(shown["status"] == "pending")
  }

  private func wait(for status: String, of template: String) async throws {
    try await eventually(within: .seconds(20), "the template is \(status)") {
      try await call("GET", template)["status"]?.string == status
    }
  }
}
