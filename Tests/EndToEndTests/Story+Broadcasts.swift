import Contracts
import JSON
import Outbound
import Telemetry
import TestSupport
import Outbound
import Testing

extension Story {
  /// One broadcast goes out to its end; another one waits for tomorrow, is stopped, goes on, and is called off.
  func broadcast(from shop: Shop) async throws {
    let templates = try await call("GET", "/v1/senders/\(shop.sender)/templates")["data"]?.array ?? []
    let template = templates.first { $0["name"] == "order_ready" }?["id"] ?? .null
    let body: JSONValue = [
      "sender_id": .string(shop.sender), "template_id": template, "name": "Orders of the week",
      "variables": ["1": "Ann", "2": "1042"],
    ]
    let own = "/v1/broadcasts/\(try await call("POST", "/v1/broadcasts", body)["id"]?.string ?? "")"
    let added = try await call(
      "POST", own + "/recipients", ["recipients": [["to": .string(Self.customer), "variables": ["1": "Dear Ann"]]]])
    #expect(added["accepted"]?.int64 == 1)
    #expect(try await call("GET", own + "/forecast")["remaining"]?.int64 == 1)
    try await call("POST", own + "/start")
    try await eventually(within: .seconds(20), "the broadcast is over") {
      try await call("GET", own)["state"] == "completed"
    }
    let recipients = try await call("GET", own + "/recipients")["data"]?.array ?? []
    try await waitForReceipts(of: recipients.first?["message_id"]?.string ?? "")

    let other = "/v1/broadcasts/\(try await call("POST", "/v1/broadcasts", body)["id"]?.string ?? "")"
    let link = try await call("POST", other + "/upload")["upload_url"]?.string ?? ""
    let file = "to,1\r\n\(Self.customer),Ann\r\nnobody,Bob\r\n"
    #expect(try await fetch(link, method: "PUT", body: Array(file.utf8)).status == 200)
    #expect(try await call("GET", other + "/errors")["data"]?.array?.count == 1)
    let tomorrow = Timestamp(milliseconds: WallClock.system.now + 86_400_000).description
    try await call("PATCH", other, ["start_at": .string(tomorrow)])
    #expect(try await call("POST", other + "/start")["state"] == "scheduled")
    #expect(try await call("POST", other + "/pause")["pause_reason"] == "operator")
    #expect(try await call("POST", other + "/resume")["state"] == "scheduled")
    #expect(try await call("POST", other + "/cancel")["counts"]?["cancelled"]?.int64 == 1)
    #expect(try await call("GET", other + "/events")["data"]?.array?.count == 6)
    try await followed(
      own, as: ["broadcast.started", "broadcast.completed"], other,
      as: ["broadcast.started", "broadcast.paused operator", "broadcast.resumed", "broadcast.cancelled"])
  }

  /// Automation has heard of two broadcasts, each thing once, in the order in which it happened.
  private func followed(_ own: String, as first: [String], _ other: String, as second: [String]) async throws {
    var told: [String: [String]] = [:]
    try await eventually(within: .seconds(20), "automation hears of the broadcasts") {
      told = [:]
      let types = "broadcast.started,broadcast.paused,broadcast.resumed,broadcast.completed,broadcast.cancelled"
      for event in try await call("GET", "/v1/events?types=\(types)&limit=100")["data"]?.array ?? [] {
        let reason = event["data"]?["reason"]?.string.map { " " + $0 } ?? ""
        let id = event["data"]?["broadcast_id"]?.string ?? ""
        told["/v1/broadcasts/\(id)", default: []].append((event["type"]?.string ?? "") + reason)
      }
      return told[own]?.count == first.count && told[other]?.count == second.count
    }
    #expect(told == [own: first, other: second])
  }
}
