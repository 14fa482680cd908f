import Testing

@testable import MessagingRouter

/// What one lane keeps for the other is bounded, and never wrong.
@Suite struct InboxPartsTests {
  private func part(_ id: Int64, _ lane: InboxLane = .statuses) -> InboxPart {
    let body =
      #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"statuses":[{"id":"w\#(id)","status":"sent","timestamp":"1"}],"messages":[{"id":"m","from":"491","timestamp":"1","type":"x"}]}}]}]}"#
    return InboxPart.parse(Array(body.utf8), id: id, keywords: OptOutKeywords(out: "", back: ""))[lane]
      ?? InboxPart(id: id, lane: lane)
  }

  @Test func `a part is taken once, and none is kept for a lane that is past it`() {
    let parts = InboxParts()
    parts.put(part(1), bytes: 10)
    #expect(parts.known(.statuses) == [1] && parts.known(.messages).isEmpty)
    #expect(parts.take(1, .statuses)?.items.count == 1)
    #expect(parts.take(1, .statuses) == nil)
    parts.move(.statuses, to: 5)
    parts.put(part(5), bytes: 10)
    parts.put(part(6), bytes: 10)
    #expect(parts.known(.statuses) == [6])
  }

  @Test func `what does not fit is not kept`() {
    let parts = InboxParts()
    parts.put(part(1), bytes: 8 << 20)
    parts.put(part(2), bytes: 1)
    #expect(parts.known(.statuses) == [1])
    _ = parts.take(1, .statuses)
    parts.put(part(2), bytes: 1)
    #expect(parts.known(.statuses) == [2])
    for id in 10..<5_000 { parts.put(InboxPart(id: Int64(id), lane: .statuses), bytes: 0) }
    #expect(parts.known(.statuses).count == 4_096)
  }

  @Test func `a body that had nothing for the other lane is forgotten when it is done`() {
    let parts = InboxParts()
    parts.put(InboxPart(id: 1, lane: .messages), bytes: 0)
    var alone = part(1)
    alone.isAlone = true
    parts.finished(alone)
    #expect(parts.known(.messages).isEmpty)
    // One with something in it waits for its lane.
    parts.put(part(2, .messages), bytes: 10)
    parts.finished(part(2))
    #expect(parts.known(.messages) == [2])
  }

  @Test func `what a lane was through with before a restart is not kept for it`() {
    let parts = InboxParts()
    // The position is lost with the process: the part of a body that is done is put all the same.
    parts.put(part(1), bytes: 8 << 20)
    parts.move(.statuses, to: 4)
    #expect(parts.known(.statuses).isEmpty)
    // Its bytes are free again.
    parts.put(part(5), bytes: 8 << 20)
    #expect(parts.known(.statuses) == [5])
    parts.move(.statuses, to: 0)
    #expect(parts.known(.statuses) == [5])
  }
}
