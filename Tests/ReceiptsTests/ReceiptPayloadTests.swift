import Contracts
import Foundation
import JSON
import TestSupport
import Testing

@testable import Receipts

@Suite struct ReceiptPayloadTests {
  private let sender = SenderRow(id: ReceiptsFixture.sender, phoneNumber: "+4930123456", displayName: "Café Müller")

  private func body(_ event: StatusEvent, sender: SenderRow? = nil) throws -> String {
    String(decoding: try JSONCoder.encode(ReceiptPayload(event, sender: sender ?? self.sender)), as: UTF8.self)
  }

  @Test func `a delivered message reads as documented, unknown things as null`() throws {
    #expect(
      try body(.sample(7))
        == #"{"event":"message_status","whatsapp_message_id":"msg_00000000000000000000000001","#
        + #""meta_message_id":"wamid.ABC","conversation_id":"cnv_00000000000000000000000001","assistant_id":null,"#
        + #""sender":{"id":"snd_00000000000000000000000001","phone_number":"+4930123456","#
        + #""display_name":"Café Müller"},"to":"+491701234567","from":"+4930123456","direction":"outbound","#
        + #""status":"delivered","error_code":null,"error_message":null,"error_description":null,"#
        + #""timestamp":"2026-01-01T00:00:00.000Z","provider_timestamp":"2025-12-31T23:59:59.000Z","sequence":7,"#
        + #""status_rank":2,"occurred_at":"2025-12-31T23:59:59.000Z","synthesized":false}"#)
  }

  @Test func `a failure has Meta's code and words, and ours`() throws {
    var event = StatusEvent.sample(1, .failed)
    event.error = MessageError(
      code: "SESSION_EXPIRED", message: "The 24-hour window has closed.", metaCode: 131_047,
      metaTitle: "Re-engagement message", metaDetails: "More than 24 hours have passed")
    let root = try JSONDocument(parsing: body(event)).root
    #expect(root["error_code"]?.int64 == 131_047)
    #expect(root["error_message"]?.string == "More than 24 hours have passed")
    #expect(root["error_description"]?.string == "The 24-hour window has closed.")
    #expect(root["status_rank"]?.int64 == 4)
  }

  @Test func `a made-up delivered says so, and has no time of Meta's`() throws {
    var event = StatusEvent.sample(1)
    event.isSynthesized = true
    event.providerTimestamp = nil
    let root = try JSONDocument(parsing: body(event)).root
    #expect(root["synthesized"]?.bool == true && root["provider_timestamp"]?.isNull == true)
    #expect(root["occurred_at"]?.string == "2026-01-01T00:00:00.000Z")
  }

  @Test func `a sender not known yet is named by its id`() throws {
    let unknown = SenderRow(id: ReceiptsFixture.sender, phoneNumber: nil, displayName: nil)
    let root = try JSONDocument(parsing: body(.sample(1), sender: unknown)).root
    #expect(root["sender"]?["id"]?.string == "snd_00000000000000000000000001")
    #expect(root["sender"]?["phone_number"]?.isNull == true && root["from"]?.isNull == true)
  }

  @Test(arguments: [
    (MessageStatus.sent, "sent", 1), (.delivered, "delivered", 2), (.read, "read", 3), (.played, "read", 3),
    (.failed, "failed", 4), (.expired, "undelivered", 4), (.cancelled, "undelivered", 4),
  ])
  func `statuses and ranks are the product's`(status: MessageStatus, text: String, rank: Int64) throws {
    let root = try JSONDocument(parsing: body(.sample(1, status))).root
    #expect(root["status"]?.string == text && root["status_rank"]?.int64 == rank)
    #expect(ReceiptPayload.knows(status))
  }

  @Test func `a status that is no receipt is known as none`() {
    let known: Set<MessageStatus> = [.sent, .delivered, .read, .played, .failed, .expired, .cancelled]
    #expect(Set(MessageStatus.allCases.filter { ReceiptPayload.knows($0) }) == known)
  }

  @Test func `test is there in a test request, and nowhere else`() throws {
    var payload = ReceiptPayload(.sample(1), sender: sender)
    let real = try JSONDocument(parsing: JSONCoder.encode(payload)).root
    payload.test = true
    let tried = try JSONDocument(parsing: JSONCoder.encode(payload)).root
    #expect(real["test"] == nil && tried["test"]?.bool == true && tried.count == real.count + 1)
  }

  /// The table of the README is what is sent.
  @Test func `every field is in the page, and every field of the page is sent`() throws {
    let page = try String(contentsOfFile: SourceTree.root + "/Services/Receipts/README.md", encoding: .utf8)
    let rows = page.components(separatedBy: "\n").drop { $0 != "| Field | |" }.dropFirst(2).prefix { $0.hasPrefix("|") }
    let named = rows.flatMap { $0.split(separator: "|").first?.split(separator: "`") ?? [] }
      .map(String.init).filter { $0.allSatisfy { $0.isLetter || $0 == "_" } }
    var payload = ReceiptPayload(.sample(1), sender: sender)
    payload.test = true
    var sent: [String] = []
    try JSONDocument(parsing: JSONCoder.encode(payload)).root.forEachMember { name, _ in sent.append(name) }
    #expect(Set(named) == Set(sent) && named.count == sent.count)
  }
}
