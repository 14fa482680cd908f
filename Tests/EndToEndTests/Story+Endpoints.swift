import JSON
import SandboxWorld
import Testing

extension Story {
  /// An endpoint beside the receipts webhook: tried, changed, its secret exchanged, paused, deleted. The business goes
  /// on verifying all the while.
  func useEndpoint(of shop: Shop) async throws {
    let url = JSONValue.string("\(world.baseURL)/business/receipts/events")
    let made = try await call(
      "POST", "/v1/webhooks",
      [
        "url": url, "description": "Order system", "event_types": ["template.status"],
        "headers": [["name": "X-Shop", "value": "first"]],
      ])
    let path = "/v1/webhooks/\(made["id"]?.string ?? "")"
    func isTaken() async throws -> Bool {
      try await call("POST", path + "/test", ["event_type": "message.received"])["is_success"] == true
    }
    try world.receipts.setSecret(made["secret"]?.string ?? "", of: "events")
    #expect(try await isTaken())
    let rotated = try await call("POST", path + "/secret/rotate", ["overlap_hours": 1])
    #expect(try await isTaken())
    try world.receipts.setSecret(rotated["secret"]?.string ?? "", of: "events")
    #expect(try await isTaken())
    try await call("POST", path + "/secret/retire")
    #expect(try await isTaken())
    try await call("PATCH", path, ["description": .null, "max_per_second": 50])
    #expect(try await call("GET", path)["description"] == nil)
    #expect(try await call("POST", path + "/pause")["state"] == "paused")
    // Tried at an address that has another secret, and says so.
    let tried = try await call("POST", "/v1/senders/\(shop.sender)/receipts-webhook/test", ["url": url])
    #expect(tried["is_success"] == false && tried["attempt"]?["http_status"] == 401 && tried["advice"] != nil)
    try await call("DELETE", path)
    #expect(try await call("GET", "/v1/webhooks")["data"]?.array?.count == 1)
  }
}
