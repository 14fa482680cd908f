import JSON
import TestSupport
import Testing

extension Story {
  /// A customer of one day: writes, is seen by automation, and is erased.
  func forgetACustomer(of shop: Shop) async throws {
    let stranger = "+16505550187"
    let start = try await call("GET", "/v1/events?types=sender.status&limit=1")["next_cursor"]?.string ?? ""
    let reply = try await converse("Please forget me", with: shop, from: stranger)
    try await waitForReceipts(of: reply)
    var conversation = ""
    try await eventually(within: .seconds(20), "automation hears of the customer") {
      let page = try await call("GET", "/v1/events?types=message.received&wait_ms=2000&limit=100&cursor=\(start)")
      let found = page["data"]?.array?.first { $0["data"]?["text"] == "Please forget me" }
      conversation = found?["conversation_id"]?.string ?? ""
      return found != nil
    }
    let page = try await call("GET", "/v1/senders/\(shop.sender)/conversations")
    let known = page["data"]?.array?.first { $0["id"]?.string == conversation }
    let contact = known?["contact"]?["id"]?.string ?? ""
    let begun = try await call("DELETE", "/v1/contacts/\(contact)")
    #expect(begun["contact_id"]?.string == contact)
    try await eventually(within: .seconds(20), "the customer is erased") {
      try await call("GET", "/v1/contacts/\(contact)/erasure")["state"] == "done"
    }
    try await eventually(within: .seconds(20), "the events are blanked") {
      let page = try await call("GET", "/v1/events?types=message.received&limit=100&cursor=\(start)")
      return page["data"]?.array?.first { $0["conversation_id"]?.string == conversation }?["data"]?["erased"] == true
    }
    // Who did it is on record, who it was is not.
    let log = try await call("GET", "/v1/audit-log?target=\(contact)")
    let entry = log["data"]?[0]
    #expect(entry?["method"] == "messaging.contact.erase" && entry?["outcome"] == "done")
    #expect(!"\(log)".contains("6505550187"))
  }
}
