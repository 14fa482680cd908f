import JSON
import TestSupport
import Testing

extension Story {
  /// An idempotency key that accounts use independently of each other.
  static let sharedKey = "the-same-words"

  /// The same story, with every answer looked at.
  func observed(by session: APISession) -> Story {
    Story(world: world, registryURL: api.baseURL, key: key, observer: session)
  }

  /// Everything a business does, once: online by both ways, an assistant, conversations, messages, receipts. It ends
  /// when all of it has come to rest.
  func tellAll() async throws {
    let shop = try await openShop(assistantName: "Florist of the first")
    let reply = try await converse("Do you have peonies?", with: shop)
    try await waitForReceipts(of: reply)
    try await changeAssistants(of: shop)
    try await manageAccess()
    let north = try await connect("+15550100002", isVerified: false)
    try await waitForCodeNeeded(north)
    _ = try await typeCode(north, number: "+15550100002")
    try await wait(for: "online", of: north)
    let body: JSONValue = [
      "sender_id": .string(shop.sender), "to": .string(Self.customer), "text": "Your peonies are ready.",
    ]
    let sent = try await api.send(try request("POST", "/v1/messages", body, idempotencyKey: Self.sharedKey))
    try await waitForReceipts(of: sent.body["id"]?.string ?? "")
    try await eventually(within: .seconds(20), "every receipt is delivered") {
      let page = try await call("GET", "/v1/senders/\(shop.sender)/deliveries?limit=100")
      return page["data"]?.array?.allSatisfy { $0["state"] == "delivered" } == true
    }
  }

  /// A branch gets an account and its first key; a till gets a key, a slower one, and none in the end.
  private func manageAccess() async throws {
    let branch = try await call("POST", "/v1/accounts", ["name": "Branch in the north"])
    let account = "/v1/accounts/\(branch["id"]?.string ?? "")"
    let renamed = try await call("PATCH", account, ["name": "Branch up north"])
    #expect(renamed["version"] == 2)
    let first = try await call("POST", account + "/keys", ["name": "First of the branch", "role": "admin"])
    #expect(first["key"]?.string?.hasPrefix("wsk_") == true)
    let till = try await call("POST", "/v1/keys", ["name": "Till of the shop", "role": "operator"])
    let key = "/v1/keys/\(till["id"]?.string ?? "")"
    try await call("PATCH", key, ["rate_per_second": 5])
    let revoked = try await call("DELETE", key)
    #expect(revoked["revoked_at"]?.string != nil)
    let log = try await call("GET", "/v1/audit-log?target=\(till["id"]?.string ?? "")")
    #expect(log["data"]?.array?.count == 3)
    try await call("PATCH", account, ["is_enabled": false])
  }

  /// Another assistant is tried for a while: changed with a condition, bound, unbound, deleted.
  private func changeAssistants(of shop: Shop) async throws {
    let first = try await call("GET", "/v1/senders/\(shop.sender)")["assistant_id"] ?? .null
    let spare = try await call("POST", "/v1/assistants", ["name": "Night shift", "instructions": "Be brief."])
    let path = "/v1/assistants/\(spare["id"]?.string ?? "")"
    let changed = try await call("PATCH", path, ["temperature": 0.5])
    #expect(changed["version"] == 2)
    try await call("PATCH", "/v1/senders/\(shop.sender)", ["assistant_id": spare["id"] ?? .null])
    let unbound = try await call("PATCH", "/v1/senders/\(shop.sender)", ["assistant_id": .null])
    #expect(unbound["assistant_id"] == nil && unbound["ai_enabled"] == false)
    try await call("DELETE", path)
    try await call("PATCH", "/v1/senders/\(shop.sender)", ["assistant_id": first, "ai_enabled": true])
  }
}
