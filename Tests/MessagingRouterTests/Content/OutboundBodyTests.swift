import Contracts
import GraphAPI
import JSON
import Testing

@testable import MessagingRouter

/// The exact JSON of every type, as Meta's documentation shows it.
@Suite struct OutboundBodyTests {
  private static let file = "med_01JD0000000000000000000000"
  private static let media = [MediaID(trusted: file): "4711"]

  /// What Meta gets for a request's content, without what all types share.
  private func body(_ content: String) throws -> String {
    var outgoing = try OutgoingContent(try ContentRow.request(content))
    outgoing.content?.reaction?.metaMessageID = "wamid.1"
    let stored = try outgoing.content.map { try JSONCoder.encode($0) }
    // As it comes back from the store.
    let content = try stored.map { try JSONCoder.decode(MessageContent.self, from: $0) }
    let body = OutboundBody(type: outgoing.type, text: outgoing.text, content: content)
    return String(decoding: try body.json(media: Self.media), as: UTF8.self)
  }

  @Test(arguments: [
    (#""text":"hi""#, #"{"body":"hi"}"#),
    (#""text":"https://a.example","preview_url":true"#, #"{"body":"https://a.example","preview_url":true}"#),
    (#""image":{"media_id":"\#(file)","caption":"c"}"#, #"{"id":"4711","caption":"c"}"#),
    (#""video":{"link":"https://a.example/v.mp4"}"#, #"{"link":"https://a.example/v.mp4"}"#),
    (#""audio":{"media_id":"\#(file)","is_voice":true}"#, #"{"id":"4711","voice":true}"#),
    (
      #""document":{"media_id":"\#(file)","filename":"a.pdf","caption":"c"}"#,
      #"{"id":"4711","caption":"c","filename":"a.pdf"}"#
    ),
    (#""sticker":{"link":"https://a.example/s.webp"}"#, #"{"link":"https://a.example/s.webp"}"#),
    (
      #""location":{"latitude":37.5,"longitude":-122.25,"name":"Shop","address":"1 Market St"}"#,
      #"{"latitude":37.5,"longitude":-122.25,"name":"Shop","address":"1 Market St"}"#
    ),
    (
      #""contacts":[{"name":{"formatted_name":"Ann Lee","first_name":"Ann"},"phones":[{"phone":"+1","type":"WORK","wa_id":"16505550100"}],"emails":[{"email":"a@b.example"}],"addresses":[{"street":"s","country_code":"US"}],"org":{"company":"c"},"urls":[{"url":"https://a.example"}],"birthday":"1990-12-31"}]"#,
      #"[{"name":{"formatted_name":"Ann Lee","first_name":"Ann"},"phones":[{"phone":"+1","type":"WORK","wa_id":"16505550100"}],"emails":[{"email":"a@b.example"}],"addresses":[{"street":"s","country_code":"US"}],"org":{"company":"c"},"urls":[{"url":"https://a.example"}],"birthday":"1990-12-31"}]"#
    ),
    (
      #""reaction":{"message_id":"msg_01JD0000000000000000000000","emoji":"👍"}"#,
      #"{"message_id":"wamid.1","emoji":"👍"}"#
    ),
    (#""reaction":{"message_id":"msg_01JD0000000000000000000000"}"#, #"{"message_id":"wamid.1","emoji":""}"#),
    (
      #""interactive":{"type":"button","header":{"type":"image","image":{"media_id":"\#(file)"}},"body":{"text":"b"},"footer":{"text":"f"},"action":{"buttons":[{"reply":{"id":"1","title":"t"}}]}}"#,
      #"{"type":"button","header":{"type":"image","image":{"id":"4711"}},"body":{"text":"b"},"footer":{"text":"f"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"t"}}]}}"#
    ),
    (
      #""interactive":{"type":"list","header":{"type":"text","text":"h"},"body":{"text":"b"},"action":{"button":"o","sections":[{"title":"s","rows":[{"id":"1","title":"t","description":"d"}]}]}}"#,
      #"{"type":"list","header":{"type":"text","text":"h"},"body":{"text":"b"},"action":{"button":"o","sections":[{"title":"s","rows":[{"id":"1","title":"t","description":"d"}]}]}}"#
    ),
    (
      #""interactive":{"type":"cta_url","body":{"text":"b"},"action":{"parameters":{"display_text":"d","url":"https://a.example"}}}"#,
      #"{"type":"cta_url","body":{"text":"b"},"action":{"name":"cta_url","parameters":{"display_text":"d","url":"https://a.example"}}}"#
    ),
    (
      #""interactive":{"type":"flow","body":{"text":"b"},"action":{"parameters":{"flow_id":"1","flow_cta":"c","flow_token":"t","mode":"published","flow_action":"navigate","flow_action_payload":{"screen":"S","data":{"a":1}}}}}"#,
      #"{"type":"flow","body":{"text":"b"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_id":"1","flow_cta":"c","flow_token":"t","mode":"published","flow_action":"navigate","flow_action_payload":{"screen":"S","data":{"a":1}}}}}"#
    ),
    (
      #""interactive":{"type":"location_request_message","body":{"text":"b"},"action":{}}"#,
      #"{"type":"location_request_message","body":{"text":"b"},"action":{"name":"send_location"}}"#
    ),
    (#""template":{"name":"hello","language":{"code":"de"}}"#, #"{"name":"hello","language":{"code":"de"}}"#),
    (
      #""template":{"name":"a","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"media_id":"\#(file)"}}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"x"}]},{"type":"carousel","cards":[{"card_index":0,"components":[{"type":"header","parameters":[{"type":"video","video":{"media_id":"\#(file)"}}]}]}]}]}"#,
      #"{"name":"a","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"4711"}}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"x"}]},{"type":"carousel","cards":[{"card_index":0,"components":[{"type":"header","parameters":[{"type":"video","video":{"id":"4711"}}]}]}]}]}"#
    ),
  ])
  func `each type is written as Meta wants it`(content: String, json: String) throws {
    #expect(try ContentRow.verdict(content) == nil)
    #expect(try body(content) == json)
  }

  @Test func `what all types share stands around it`() throws {
    let body = OutboundBody(type: "text", text: "hi \"you\"", content: nil, replyTo: "wamid.0")
    let message = try body.message(to: .phone("+16505550100"), id: "msg_1")
    #expect(
      String(decoding: message.request, as: UTF8.self)
        == #"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505550100","context":{"message_id":"wamid.0"},"type":"text","text":{"body":"hi \"you\""},"biz_opaque_callback_data":"msg_1"}"#
    )
    let user = try OutboundBody(type: "text", text: "hi", content: nil).message(to: .user("US.1"), id: "msg_2")
    #expect(
      String(decoding: user.request, as: UTF8.self)
        == #"{"messaging_product":"whatsapp","recipient_type":"individual","recipient":"US.1","type":"text","text":{"body":"hi"},"biz_opaque_callback_data":"msg_2"}"#
    )
  }

  @Test func `a file that Meta does not have is named, once, wherever it stands`() throws {
    let content =
      #""template":{"name":"a","language":{"code":"de"},"components":[{"type":"carousel","cards":[{"card_index":0,"components":[{"type":"header","parameters":[{"type":"image","image":{"media_id":"\#(Self.file)"}}]}]},{"card_index":1,"components":[{"type":"header","parameters":[{"type":"image","image":{"media_id":"\#(Self.file)"}}]}]}]}]}"#
    let outgoing = try OutgoingContent(try ContentRow.request(content))
    #expect(
      outgoing.media.map(\.field) == [
        "template.components[0].cards[0].components[0].parameters[0].image",
        "template.components[0].cards[1].components[0].parameters[0].image",
      ])
    let body = OutboundBody(type: outgoing.type, text: nil, content: outgoing.content)
    #expect(body.mediaIDs == [MediaID(trusted: Self.file)])
    #expect(throws: OutboundBody.Failure.mediaMissing(MediaID(trusted: Self.file))) { try body.json() }
    #expect(throws: OutboundBody.Failure.contentMissing) {
      try OutboundBody(type: "image", text: nil, content: nil).json()
    }
  }
}
