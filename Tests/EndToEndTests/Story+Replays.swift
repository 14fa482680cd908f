import JSON
import TestSupport
import Testing

extension Story {
  /// What was delivered is looked at from every side, and goes out once more.
  func deliverAgain(of shop: Shop) async throws {
    let webhook = try await call("GET", "/v1/senders/\(shop.sender)/receipts-webhook")["id"]?.string ?? ""
    let page = try await call("GET", "/v1/webhooks/\(webhook)/deliveries?state=delivered&limit=1")
    let id = page["data"]?[0]?["id"]?.string ?? ""
    let log = try await call("GET", "/v1/webhooks/\(webhook)/attempts")
    // The first attempts met an endpoint without the secret (503); since then it has taken them.
    #expect(log["data"]?[0]?["attempt"]?["http_status"] == 204)
    let again = try await call("POST", "/v1/deliveries/\(id)/replay")
    #expect(again["is_replay"] == true)
    try await eventually(within: .seconds(20), "it is delivered again") {
      let delivery = try await call("GET", "/v1/deliveries/\(id)")
      return delivery["state"] == "delivered" && delivery["attempts"]?.array?.count ?? 0 > 1
    }
    let selection: JSONValue = ["outcome": "any", "event_types": ["message.status"]]
    let dry = try await call("POST", "/v1/webhooks/\(webhook)/replays", ["selection": selection, "dry_run": true])
    #expect(dry["state"] == "dry_run" && dry["is_exact"] == true)
    let replay = try await call("POST", "/v1/webhooks/\(webhook)/replays", ["selection": selection])
    #expect(replay["matched"] == dry["matched"])
    let path = "/v1/replays/\(replay["id"]?.string ?? "")"
    try await eventually(within: .seconds(20), "the replay is over") {
      try await call("GET", path)["state"] == "completed"
    }
    #expect(try await call("GET", "/v1/webhooks/\(webhook)/replays")["data"]?[0]?["queued"] == dry["matched"])
    // One that is over, and one that is not paused, stay as they are.
    #expect(try await call("POST", path + "/cancel")["state"] == "completed")
    #expect(try await call("POST", "/v1/webhooks/\(webhook)/resume")["state"] == "active")
  }

  /// How a verification ended is a trigger for automation.
  func hearOfVerification(of sender: String) async throws {
    try await eventually(within: .seconds(20), "automation hears that the number is verified") {
      let page = try await call("GET", "/v1/events?types=verification.status&sender_id=\(sender)&limit=100")
      return page["data"]?.array?.contains { $0["data"]?["state"] == "verified" } == true
    }
  }
}
