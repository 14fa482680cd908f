import Contracts
import JSON
import SandboxWorld
import Testing

@testable import Receipts

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

  /// Every event so far has the members of the sample that a test of its type would have shown.
  func eventsAreAsTheirSamples() async throws {
    var (cursor, seen) = ("", Set<PlatformEvent.Kind>())
    repeat {
      let page = try await call("GET", "/v1/events?limit=100" + cursor)
      let events = page["data"]?.array ?? []
      for event in events where event["data"]?["erased"] == nil {
        guard let type = event["type"]?.string.flatMap({ PlatformEvent.Kind(rawValue: $0) }) else { continue }
        seen.insert(type)
        let bytes = try TestSample(
          type: type, sender: SenderRow(id: SenderID(trusted: "snd_1"), phoneNumber: "+1", displayName: "S"),
          account: AccountID(trusted: "acc_1"), id: EventID(trusted: "evt_1"), at: Timestamp(milliseconds: 0)
        ).bytes(for: .endpoint)
        let sample = try JSONValue(parsing: bytes)
        // Known of some and not of others.
        let optional: Set<String> = type == .verificationStatus ? ["reason", "method"] : []
        for inside in ["data", "data.sender", "data.contact", "data.counts"] {
          let differing = Self.keys(event, inside).symmetricDifference(Self.keys(sample, inside).subtracting(["test"]))
          #expect(differing.isSubset(of: optional), "\(type.rawValue) \(inside): \(differing)")
        }
      }
      guard !events.isEmpty, let next = page["next_cursor"]?.string else { break }
      cursor = "&cursor=\(next)"
    } while true
    #expect(
      seen.isSuperset(of: [.messageStatus, .messageReceived, .senderStatus, .templateStatus, .verificationStatus]))
  }

  private static func keys(_ event: JSONValue, _ path: String) -> Set<String> {
    var value: JSONValue? = event
    for part in path.split(separator: ".") { value = value?[String(part)] }
    return Set(value?.object?.members.map(\.key) ?? [])
  }
}
