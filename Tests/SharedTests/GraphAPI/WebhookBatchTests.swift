import GraphAPI
import JSON
import Testing

@Suite struct WebhookBatchTests {
  /// The updates of one change.
  private func parse(_ field: String, _ value: String) throws -> [WebhookUpdate] {
    let body =
      #"{"object":"whatsapp_business_account","entry":[{"id":1029,"changes":[{"field":"\#(field)","value":\#(value)}]}]}"#
    return try WebhookBatch.parse(Array(body.utf8))
  }

  private func value(_ members: String) -> String {
    #"{"metadata":{"display_phone_number":"15550001001","phone_number_id":"1065"},\#(members)}"#
  }

  private func message(_ members: String, contacts: String) throws -> WebhookMessage? {
    let updates = try parse(
      "messages",
      value(#""contacts":\#(contacts),"messages":[{"id":"wamid.1","timestamp":1790000000,"type":"text"\#(members)}]"#))
    guard case .message(let message)? = updates.first else { return nil }
    return message
  }

  @Test(
    arguments: [
      // Told beside the message, by number, by id, by neither.
      (#","from":"491""#, #"[{"wa_id":"491","user_id":"DE.1","profile":{"name":"Ann"}}]"#, "491", "DE.1", "Ann"),
      (
        #","from_user_id":"DE.1""#, #"[{"wa_id":"491","user_id":"DE.1","profile":{"name":"Ann"}}]"#, "491", "DE.1",
        "Ann"
      ),
      ("", #"[{"user_id":"DE.1","profile":{"name":"Ann"}}]"#, nil, "DE.1", "Ann"),
      // Somebody else's entry.
      (#","from":"492""#, #"[{"wa_id":"491","user_id":"DE.1","profile":{"name":"Ann"}}]"#, "492", nil, nil),
      (#","from_user_id":"DE.2""#, #"[{"wa_id":"491","user_id":"DE.1"}]"#, nil, "DE.2", nil),
      // Of several, and of none.
      (#","from":"492""#, #"[{"wa_id":"491"},{"wa_id":"492","user_id":"DE.2"}]"#, "492", "DE.2", nil),
      (#","from":491"#, "[]", "491", nil, nil), (#","from":"491""#, "7", "491", nil, nil),
    ] as [(String, String, String?, String?, String?)])
  func `who wrote is told by the message, and completed by the contacts`(
    members: String, contacts: String, number: String?, user: String?, name: String?
  ) throws {
    let customer = try #require(try message(members, contacts: contacts)?.customer)
    #expect(customer.number == number && customer.userID == user && customer.name == name)
  }

  @Test func `of two people and no sender nobody is taken for the writer`() throws {
    #expect(try message("", contacts: #"[{"wa_id":"491"},{"wa_id":"492"}]"#) == nil)
    #expect(try message(#","from":"""#, contacts: "[]") == nil)
  }

  @Test func `what is wrong in one place costs nothing of the others, and is named`() throws {
    let updates = try parse(
      "messages",
      value(
        #""messages":[7,{"from":"491","id":"wamid.1","timestamp":"1","type":"x"},{"id":""}],"statuses":[{"id":"wamid.2"},{"id":"wamid.3","status":"sent","timestamp":"1"}]"#
      ))
    let paths = updates.map { update in
      switch update {
      case .poison(let path, _, _): path
      case .message: "message"
      case .status: "status"
      default: "?"
      }
    }
    let change = "entry[0].changes[0]"
    #expect(
      paths == [
        "\(change).messages[0]", "message", "\(change).messages[2]", "\(change).statuses[0]", "status",
      ])
  }

  @Test(arguments: ["messages", "smb_message_echoes", "calls", "user_preferences", "smb_app_state_sync", "history"])
  func `a value without its list is kept as it came, one without its number is poison`(field: String) throws {
    guard case .other(field, "1029", let raw)? = try parse(field, value(#""news":1"#)).first else {
      Issue.record("not kept")
      return
    }
    #expect(String(decoding: raw, as: UTF8.self).contains(#""news":1"#))
    guard case .poison(_, let reason, _)? = try parse(field, #"{"news":1}"#).first else {
      Issue.record("not poison")
      return
    }
    #expect(reason == "no metadata.phone_number_id")
  }

  @Test func `a status of a group names nobody, and a price and an end are read where they are told`() throws {
    let updates = try parse(
      "messages",
      value(
        #""statuses":[{"id":"w1","status":"sent","timestamp":"1","recipient_id":"g1","recipient_type":"group"},{"id":"w2","status":"sent","timestamp":"1","recipient_id":"491","recipient_user_id":"DE.1","pricing":{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"},"conversation":{"origin":{"type":"utility"},"expiration_timestamp":"9"}},{"id":"w3","status":"failed","timestamp":"1","errors":[{"code":131047,"title":"T","error_data":{"details":"D"}}]}]"#
      ))
    let statuses = updates.compactMap { update in
      if case .status(let status) = update { status } else { nil }
    }
    #expect(statuses.map(\.recipient.isKnown) == [false, true, false])
    #expect(statuses[1].recipient == WebhookPerson(number: "491", userID: "DE.1"))
    #expect(
      statuses[1].pricing == WebhookPricing(isBillable: true, model: "PMP", type: "regular", category: "utility"))
    // Only the free entry point has an end that means something.
    #expect(statuses[1].freeEntryExpiresAt == nil)
    #expect(
      statuses[2].errorCode == 131_047 && statuses[2].errorTitle == "T" && statuses[2].errorDetails == "D")
  }

  @Test(arguments: [
    // A name that was cut in the middle of an emoji, whole pairs beside it.
    (#"{"name":"Ann \ud83d \ud83d\ude00"}"#, "Ann \u{FFFD} \u{1F600}"),
    (#"{"name":"\ude00\ud83d\u0041"}"#, "\u{FFFD}\u{FFFD}A"),
    (#"{"name":"\\ud83d"}"#, #"\ud83d"#), (#"{"name":"first","na\u006de":"last"}"#, "last"),
  ])
  func `half an emoji or a member told twice costs nobody else`(profile: String, name: String) throws {
    let updates = try parse(
      "messages",
      value(
        #""contacts":[{"wa_id":"491","profile":\#(profile)},{"wa_id":"492","profile":{"name":"Bob"}}],"#
          + #""messages":[{"id":"w1","from":"491","timestamp":"1","type":"x"},{"id":"w2","from":"492","timestamp":"1","type":"x"}]"#
      ))
    let names = updates.compactMap { update -> String? in
      guard case .message(let message) = update else { return nil }
      return message.customer.name
    }
    #expect(names == [name, "Bob"])
  }

  @Test func `bytes that are no text cost nobody else, and neither do a thousand members`() throws {
    let many = (0..<3_000).map { #""k\#($0)":1"# }.joined(separator: ",")
    let body =
      #"{"object":"whatsapp_business_account","entry":[{"id":1029,"changes":[{"field":"messages","value":"#
      + value(
        #""messages":[{"id":"w1","from":"491","timestamp":"1","type":"x","text":{"body":"caf#"}},"#
          + #"{"id":"w2","from":"491","timestamp":"1","type":"x",\#(many)}]"#) + "}]}]}"
    var bytes = Array(body.utf8)
    let place = try #require(bytes.firstIndex(of: UInt8(ascii: "#")))
    bytes[place] = 0xE9
    let updates = try WebhookBatch.parse(bytes)
    let found = updates.compactMap { update -> WebhookMessage? in
      guard case .message(let message) = update else { return nil }
      return message
    }
    #expect(found.map(\.id) == ["w1", "w2"])
    #expect(found.first?.node["text"]?["body"]?.string == "caf\u{FFFD}")
    // What is no JSON at all stays refused.
    #expect(throws: JSONFailure.self) { try WebhookBatch.parse(Array(#"{"a":"\ud83d","b":}"#.utf8)) }
  }
}
