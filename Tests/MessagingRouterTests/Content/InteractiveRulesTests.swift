import Testing

@testable import MessagingRouter

private func asInteractive(_ type: String, _ members: String, body: String = "Choose") -> String {
  #""interactive":{"type":"\#(type)","body":{"text":"\#(body)"},\#(members)}"#
}
private func aButton(_ number: Int, id: String? = nil, title: String? = nil) -> String {
  #"{"type":"reply","reply":{"id":"\#(id ?? "b\(number)")","title":"\#(title ?? "B\(number)")"}}"#
}
private func withButtons(_ buttons: String, _ more: String = "") -> String {
  asInteractive("button", #""action":{"buttons":\#(buttons)}\#(more)"#)
}
private let one = list(1) { aButton($0) }
private let id = #""media_id":"med_01JD0000000000000000000000""#
private func aRow(_ number: Int, _ more: String = "") -> String {
  #"{"id":"r\#(number)","title":"R\#(number)"\#(more)}"#
}
private func aSection(_ rows: String, title: String? = nil) -> String {
  #"{\#(title.map { #""title":"\#($0)","# } ?? "")"rows":\#(rows)}"#
}
private func aList(_ sections: String, button: String = "Open", more: String = "", body: String = "Choose")
  -> String
{
  asInteractive("list", #""action":{"button":"\#(button)","sections":\#(sections)}\#(more)"#, body: body)
}
private let ten = list(10) { aRow($0) }
private func numbered(_ from: Int, _ count: Int) -> String { list(count) { aRow(from + $0) } }

private func aLink(_ parameters: String, name: String = "") -> String {
  asInteractive("cta_url", #""action":{\#(name)"parameters":{\#(parameters)}}"#)
}
private func aFlow(_ parameters: String) -> String {
  asInteractive("flow", #""action":{"parameters":{\#(parameters)}}"#)
}

/// Every bound of interactive messages: at it, above it, below it.
@Suite struct InteractiveRulesTests {
  @Test(arguments: [
    ContentRow(aList("[\(aSection(ten))]")),
    ContentRow(aList("[\(aSection(list(11) { aRow($0) }))]"), "COUNT_OUT_OF_RANGE interactive.action.sections[0].rows"),
    ContentRow(aList("[\(aSection("[]"))]"), "COUNT_OUT_OF_RANGE interactive.action.sections[0].rows"),
    ContentRow(aList("[]"), "COUNT_OUT_OF_RANGE interactive.action.sections"),
    ContentRow(aList(list(10) { aSection(numbered($0, 1), title: "S\($0)") })),
    ContentRow(
      aList(list(11) { aSection(numbered($0, 1), title: "S\($0)") }), "COUNT_OUT_OF_RANGE interactive.action.sections"),
    ContentRow(aList("[\(aSection(numbered(0, 6), title: "A")),\(aSection(numbered(6, 4), title: "B"))]")),
    ContentRow(
      aList("[\(aSection(numbered(0, 6), title: "A")),\(aSection(numbered(6, 5), title: "B"))]"),
      "COUNT_OUT_OF_RANGE interactive.action.sections[1].rows[4]"),
    ContentRow(
      aList("[\(aSection(numbered(0, 1), title: "A")),\(aSection(numbered(1, 1)))]"),
      "FIELD_REQUIRED interactive.action.sections[1].title"),
    ContentRow(aList("[\(aSection(ten, title: letters(24)))]")),
    ContentRow(
      aList("[\(aSection(ten, title: letters(25)))]"), "LENGTH_OUT_OF_RANGE interactive.action.sections[0].title"),
    ContentRow(aList("[\(aSection(ten))]", button: letters(20))),
    ContentRow(aList("[\(aSection(ten))]", button: letters(21)), "LENGTH_OUT_OF_RANGE interactive.action.button"),
    ContentRow(
      asInteractive("list", #""action":{"sections":[\#(aSection(ten))]}"#), "FIELD_REQUIRED interactive.action.button"),
    ContentRow(aList("[\(aSection(ten))]", body: letters(4_096))),
    ContentRow(aList("[\(aSection(ten))]", body: letters(4_097)), "LENGTH_OUT_OF_RANGE interactive.body.text"),
    ContentRow(
      aList("[\(aSection(ten))]", more: #","header":{"type":"image","image":{\#(id)}}"#),
      "VALUE_NOT_ALLOWED interactive.header.type"),
    ContentRow(aList("[\(aSection(ten))]", more: #","header":{"type":"text","text":"a"}"#)),
    ContentRow(
      aList(#"[{"rows":[{"id":"\#(letters(201))","title":"a"}]}]"#),
      "LENGTH_OUT_OF_RANGE interactive.action.sections[0].rows[0].id"),
    ContentRow(
      aList(#"[{"rows":[{"id":"\#(letters(200))","title":"\#(letters(24))","description":"\#(letters(72))"}]}]"#)),
    ContentRow(
      aList(#"[{"rows":[{"id":"a","title":"\#(letters(25))"}]}]"#),
      "LENGTH_OUT_OF_RANGE interactive.action.sections[0].rows[0].title"),
    ContentRow(
      aList(#"[{"rows":[{"id":"a","title":"a","description":"\#(letters(73))"}]}]"#),
      "LENGTH_OUT_OF_RANGE interactive.action.sections[0].rows[0].description"),
    ContentRow(
      aList(#"[{"title":"A","rows":[{"id":"a","title":"a"}]},{"title":"B","rows":[{"id":"a","title":"b"}]}]"#),
      "NOT_UNIQUE interactive.action.sections[1].rows[0].id"),
  ])
  func `lists`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(withButtons("[]"), "COUNT_OUT_OF_RANGE interactive.action.buttons"),
    ContentRow(withButtons(list(1) { aButton($0) })),
    ContentRow(withButtons(list(3) { aButton($0) })),
    ContentRow(withButtons(list(4) { aButton($0) }), "COUNT_OUT_OF_RANGE interactive.action.buttons"),
    ContentRow(withButtons(list(1) { aButton($0, title: letters(20)) })),
    ContentRow(
      withButtons(list(2) { aButton($0, title: $0 == 1 ? letters(21) : nil) }),
      "LENGTH_OUT_OF_RANGE interactive.action.buttons[1].reply.title"),
    ContentRow(
      withButtons(list(1) { aButton($0, title: "") }), "LENGTH_OUT_OF_RANGE interactive.action.buttons[0].reply.title"),
    ContentRow(
      withButtons(list(1) { aButton($0, title: #"a\nb"#) }), "TEXT_INVALID interactive.action.buttons[0].reply.title"),
    ContentRow(withButtons(list(1) { aButton($0, id: letters(256)) })),
    ContentRow(
      withButtons(list(1) { aButton($0, id: letters(257)) }),
      "LENGTH_OUT_OF_RANGE interactive.action.buttons[0].reply.id"),
    ContentRow(
      withButtons(list(2) { aButton($0, id: "same") }), "NOT_UNIQUE interactive.action.buttons[1].reply.id"),
    ContentRow(
      withButtons(list(2) { aButton($0, title: "Same") }), "NOT_UNIQUE interactive.action.buttons[1].reply.title"),
    ContentRow(
      withButtons(#"[{"type":"url","reply":{"id":"a","title":"b"}}]"#),
      "VALUE_NOT_ALLOWED interactive.action.buttons[0].type"),
    ContentRow(withButtons(#"[{"reply":{"id":"a","title":"b"}}]"#)),
    ContentRow(asInteractive("button", #""action":{}"#), "FIELD_REQUIRED interactive.action.buttons"),
    ContentRow(
      asInteractive("button", #""action":{"button":"Open","buttons":[\#(aButton(0))]}"#),
      "FIELD_NOT_ALLOWED interactive.action.button"),
    ContentRow(
      #""interactive":{"type":"button","action":{"buttons":[\#(aButton(0))]}}"#, "FIELD_REQUIRED interactive.body"),
  ])
  func `buttons`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(asInteractive("button", #""action":{"buttons":\#(one)}"#, body: letters(1_024))),
    ContentRow(
      asInteractive("button", #""action":{"buttons":\#(one)}"#, body: letters(1_025)),
      "LENGTH_OUT_OF_RANGE interactive.body.text"),
    ContentRow(
      asInteractive("button", #""action":{"buttons":\#(one)}"#, body: " "), "TEXT_INVALID interactive.body.text"),
    ContentRow(withButtons(one, #","footer":{"text":"\#(letters(60))"}"#)),
    ContentRow(
      withButtons(one, #","footer":{"text":"\#(letters(61))"}"#), "LENGTH_OUT_OF_RANGE interactive.footer.text"),
    ContentRow(withButtons(one, #","header":{"type":"text","text":"\#(letters(60))"}"#)),
    ContentRow(
      withButtons(one, #","header":{"type":"text","text":"\#(letters(61))"}"#),
      "LENGTH_OUT_OF_RANGE interactive.header.text"),
    ContentRow(withButtons(one, #","header":{"type":"text"}"#), "FIELD_REQUIRED interactive.header.text"),
    ContentRow(withButtons(one, #","header":{"type":"image","image":{\#(id)}}"#)),
    ContentRow(withButtons(one, #","header":{"type":"video","video":{"link":"https://a.example"}}"#)),
    ContentRow(withButtons(one, #","header":{"type":"document","document":{\#(id),"filename":"a.pdf"}}"#)),
    ContentRow(
      withButtons(one, #","header":{"type":"image","image":{\#(id)},"text":"a"}"#),
      "FIELD_NOT_ALLOWED interactive.header.text"),
    ContentRow(
      withButtons(one, #","header":{"type":"image","image":{}}"#), "FIELD_REQUIRED interactive.header.image.media_id"),
    ContentRow(
      withButtons(one, #","header":{"type":"image","image":{\#(id),"caption":"a"}}"#),
      "FIELD_NOT_ALLOWED interactive.header.image.caption"),
  ])
  func `what stands around the buttons`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(aLink(#""display_text":"\#(letters(20))","url":"https://a.example""#)),
    ContentRow(aLink(#""display_text":"a","url":"https://a.example""#, name: #""name":"cta_url","#)),
    ContentRow(
      aLink(#""display_text":"a","url":"https://a.example""#, name: #""name":"flow","#),
      "VALUE_NOT_ALLOWED interactive.action.name"),
    ContentRow(
      aLink(#""display_text":"\#(letters(21))","url":"https://a.example""#),
      "LENGTH_OUT_OF_RANGE interactive.action.parameters.display_text"),
    ContentRow(
      aLink(#""display_text":"a","url":"http://a.example""#), "LINK_INVALID interactive.action.parameters.url"),
    ContentRow(aLink(#""display_text":"a""#), "FIELD_REQUIRED interactive.action.parameters.url"),
    ContentRow(aLink(#""url":"https://a.example""#), "FIELD_REQUIRED interactive.action.parameters.display_text"),
    ContentRow(
      aLink(#""display_text":"a","url":"https://a.example","flow_id":"1""#),
      "FIELD_NOT_ALLOWED interactive.action.parameters.flow_id"),
    ContentRow(asInteractive("cta_url", #""action":{}"#), "FIELD_REQUIRED interactive.action.parameters"),
  ])
  func `links`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(aFlow(#""flow_id":"1","flow_cta":"\#(letters(30))""#)),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"\#(letters(31))""#),
      "LENGTH_OUT_OF_RANGE interactive.action.parameters.flow_cta"
    ),
    ContentRow(aFlow(#""flow_id":"1""#), "FIELD_REQUIRED interactive.action.parameters.flow_cta"),
    ContentRow(aFlow(#""flow_cta":"a""#), "FIELD_REQUIRED interactive.action.parameters.flow_id"),
    ContentRow(
      aFlow(#""flow_id":"1","flow_name":"a","flow_cta":"a""#),
      "FIELD_NOT_ALLOWED interactive.action.parameters.flow_name"),
    ContentRow(aFlow(#""flow_name":"a","flow_cta":"a","mode":"draft","flow_action":"data_exchange","flow_token":"t""#)),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","mode":"live""#), "VALUE_NOT_ALLOWED interactive.action.parameters.mode"),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","flow_action":"go""#),
      "VALUE_NOT_ALLOWED interactive.action.parameters.flow_action"),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","flow_message_version":"2""#),
      "VALUE_NOT_ALLOWED interactive.action.parameters.flow_message_version"),
    ContentRow(aFlow(#""flow_id":"1","flow_cta":"a","flow_action_payload":{"screen":"S","data":{"a":1}}"#)),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","flow_action_payload":{"data":{"a":1}}"#),
      "FIELD_REQUIRED interactive.action.parameters.flow_action_payload.screen"),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","flow_action_payload":{"screen":"S","data":{}}"#),
      "VALUE_NOT_ALLOWED interactive.action.parameters.flow_action_payload.data"),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","flow_action":"data_exchange","flow_action_payload":{"screen":"S"}"#),
      "FIELD_NOT_ALLOWED interactive.action.parameters.flow_action_payload"),
    ContentRow(
      aFlow(#""flow_id":"1","flow_cta":"a","url":"https://a.example""#),
      "FIELD_NOT_ALLOWED interactive.action.parameters.url"),
  ])
  func `flows`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(asInteractive("location_request_message", #""action":{"name":"send_location"}"#)),
    ContentRow(asInteractive("location_request_message", #""action":{}"#)),
    ContentRow(
      asInteractive("location_request_message", #""action":{"name":"send"}"#),
      "VALUE_NOT_ALLOWED interactive.action.name"
    ),
    ContentRow(
      asInteractive("location_request_message", #""action":{},"header":{"type":"text","text":"a"}"#),
      "FIELD_NOT_ALLOWED interactive.header"),
    ContentRow(
      asInteractive("location_request_message", #""action":{},"footer":{"text":"a"}"#),
      "FIELD_NOT_ALLOWED interactive.footer"),
    ContentRow(
      asInteractive("location_request_message", #""action":{"parameters":{}}"#),
      "FIELD_NOT_ALLOWED interactive.action.parameters"),
  ])
  func `requests for a place`(row: ContentRow) throws { try row.check() }
}
