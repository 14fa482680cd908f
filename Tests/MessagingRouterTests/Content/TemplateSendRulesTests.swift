import Testing

@testable import MessagingRouter

/// The bounds of a template's name and parameters, whatever the template wants of them.
@Suite struct TemplateSendRulesTests {
  private static func template(_ components: String, name: String = "order_1", language: String = "en_US") -> String {
    #""template":{"name":"\#(name)","language":{"code":"\#(language)"},"components":\#(components)}"#
  }
  private static func body(_ parameters: String) -> String {
    template(#"[{"type":"body","parameters":\#(parameters)}]"#)
  }
  private static func header(_ parameter: String) -> String {
    template(#"[{"type":"header","parameters":[\#(parameter)]}]"#)
  }

  @Test(arguments: [
    ContentRow(template("[]")),
    ContentRow(#""template":{"name":"hello","language":{"code":"de"}}"#),
    ContentRow(template("[]", name: letters(512))),
    ContentRow(template("[]", name: letters(513)), "LENGTH_OUT_OF_RANGE template.name"),
    ContentRow(template("[]", name: "Order"), "VALUE_NOT_ALLOWED template.name"),
    ContentRow(template("[]", language: "english please"), "VALUE_NOT_ALLOWED template.language.code"),
    ContentRow(template(#"["body"]"#), "VALUE_NOT_ALLOWED template.components[0]"),
    ContentRow(template("[{}]"), "FIELD_REQUIRED template.components[0].type"),
    ContentRow(template(#"[{"type":"footer"}]"#), "VALUE_NOT_ALLOWED template.components[0].type"),
    ContentRow(template(#"[{"type":"body"},{"type":"BODY"}]"#), "NOT_UNIQUE template.components[1].type"),
    ContentRow(
      template(list(17) { #"{"type":"button","sub_type":"url","index":\#($0)}"# }),
      "COUNT_OUT_OF_RANGE template.components"),
  ])
  func `names and components`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(body(#"[{"type":"text","text":"Ann"},{"type":"text","text":"x    y"}]"#)),
    ContentRow(body(#"[{"type":"text","text":"a\nb"}]"#), "TEXT_INVALID template.components[0].parameters[0].text"),
    ContentRow(body(#"[{"type":"text","text":"a     b"}]"#), "TEXT_INVALID template.components[0].parameters[0].text"),
    ContentRow(body(#"[{"type":"text"}]"#), "FIELD_REQUIRED template.components[0].parameters[0].text"),
    ContentRow(body(#"[{"type":"text","text":""}]"#), "LENGTH_OUT_OF_RANGE template.components[0].parameters[0].text"),
    ContentRow(body(#"[{"text":"a"}]"#), "FIELD_REQUIRED template.components[0].parameters[0].type"),
    ContentRow(body(#"{}"#), "VALUE_NOT_ALLOWED template.components[0].parameters"),
    ContentRow(body(#"[1]"#), "VALUE_NOT_ALLOWED template.components[0].parameters[0]"),
    ContentRow(
      body(#"[{"type":"text","text":"a","parameter_name":"a"},{"type":"text","text":"b","parameter_name":"b"}]"#)),
    ContentRow(
      body(#"[{"type":"text","text":"a","parameter_name":"a"},{"type":"text","text":"b","parameter_name":"a"}]"#),
      "NOT_UNIQUE template.components[0].parameters[1].parameter_name"),
    ContentRow(
      body(#"[{"type":"text","text":"a","parameter_name":"a"},{"type":"text","text":"b"}]"#),
      "FIELD_REQUIRED template.components[0].parameters"),
    ContentRow(body(#"[{"type":"currency","currency":{"fallback_value":"1 €","code":"EUR","amount_1000":1000}}]"#)),
    ContentRow(
      body(#"[{"type":"currency","currency":{"fallback_value":"1 €","code":"EUR"}}]"#),
      "FIELD_REQUIRED template.components[0].parameters[0].currency.amount_1000"),
    ContentRow(
      body(#"[{"type":"date_time","date_time":{}}]"#),
      "FIELD_REQUIRED template.components[0].parameters[0].date_time.fallback_value"),
    ContentRow(header(#"{"type":"text","text":"\#(letters(60))"}"#)),
    ContentRow(
      header(#"{"type":"text","text":"\#(letters(61))"}"#),
      "LENGTH_OUT_OF_RANGE template.components[0].parameters[0].text"),
    ContentRow(
      header(#"{"type":"text","text":"a"},{"type":"text","text":"b"}"#),
      "COUNT_OUT_OF_RANGE template.components[0].parameters"),
    ContentRow(header(#"{"type":"image","image":{"id":"77"}}"#)),
    ContentRow(header(#"{"type":"image","image":{"media_id":"med_01JD0000000000000000000000"}}"#)),
    ContentRow(
      header(#"{"type":"image","image":{"media_id":"77"}}"#),
      "VALUE_NOT_ALLOWED template.components[0].parameters[0].image.media_id"),
    ContentRow(
      header(#"{"type":"image","image":{"id":"77","link":"https://a.example"}}"#),
      "FIELD_NOT_ALLOWED template.components[0].parameters[0].image.link"),
    ContentRow(
      header(#"{"type":"video","video":{}}"#), "FIELD_REQUIRED template.components[0].parameters[0].video.media_id"),
    ContentRow(
      header(#"{"type":"document","document":{"link":"ftp://a.example"}}"#),
      "LINK_INVALID template.components[0].parameters[0].document.link"),
    ContentRow(header(#"{"type":"location","location":{"latitude":"1","longitude":"2"}}"#)),
    ContentRow(header(#"{"type":"location","location":{"latitude":90,"longitude":-180,"name":"Shop"}}"#)),
    ContentRow(
      header(#"{"type":"location","location":{"latitude":90.1,"longitude":2}}"#),
      "VALUE_OUT_OF_RANGE template.components[0].parameters[0].location.latitude"),
    ContentRow(
      header(#"{"type":"location","location":{"latitude":"1","longitude":"-180.1"}}"#),
      "VALUE_OUT_OF_RANGE template.components[0].parameters[0].location.longitude"),
    ContentRow(
      header(#"{"type":"location","location":{"latitude":"north","longitude":2}}"#),
      "VALUE_NOT_ALLOWED template.components[0].parameters[0].location.latitude"),
    ContentRow(
      header(#"{"type":"location","location":{"latitude":1,"longitude":2,"address":"\#(letters(1_001))"}}"#),
      "LENGTH_OUT_OF_RANGE template.components[0].parameters[0].location.address"),
    ContentRow(
      header(#"{"type":"location","location":{"latitude":1}}"#),
      "FIELD_REQUIRED template.components[0].parameters[0].location.longitude"),
  ])
  func `parameters`(row: ContentRow) throws { try row.check() }

  private static func button(_ members: String) -> String { template(#"[{"type":"button",\#(members)}]"#) }
  private static func cards(_ count: Int, _ card: (Int) -> String) -> String {
    template(#"[{"type":"carousel","cards":\#(list(count, card))}]"#)
  }
  private static func card(_ number: Int) -> String {
    #"{"card_index":\#(number),"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"7"}}]}]}"#
  }

  @Test(arguments: [
    ContentRow(button(#""sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"p"}]"#)),
    ContentRow(button(#""sub_type":"url","index":9,"parameters":[{"type":"text","text":"x"}]"#)),
    ContentRow(button(#""sub_type":"url","index":"10""#), "VALUE_OUT_OF_RANGE template.components[0].index"),
    ContentRow(button(#""sub_type":"url""#), "FIELD_REQUIRED template.components[0].index"),
    ContentRow(button(#""index":"0""#), "FIELD_REQUIRED template.components[0].sub_type"),
    ContentRow(
      button(
        #""sub_type":"copy_code","index":"0","parameters":[{"type":"coupon_code","coupon_code":"\#(letters(15))"}]"#)),
    ContentRow(
      button(
        #""sub_type":"copy_code","index":"0","parameters":[{"type":"coupon_code","coupon_code":"\#(letters(16))"}]"#),
      "LENGTH_OUT_OF_RANGE template.components[0].parameters[0].coupon_code"),
    ContentRow(
      button(#""sub_type":"flow","index":"0","parameters":[{"type":"action"}]"#),
      "FIELD_REQUIRED template.components[0].parameters[0].action"),
    ContentRow(
      template(#"[{"type":"button","sub_type":"url","index":0},{"type":"button","sub_type":"url","index":"0"}]"#),
      "NOT_UNIQUE template.components[1].index"),
    ContentRow(cards(10) { card($0) }),
    ContentRow(cards(11) { card($0) }, "COUNT_OUT_OF_RANGE template.components[0].cards"),
    ContentRow(cards(0) { card($0) }, "COUNT_OUT_OF_RANGE template.components[0].cards"),
    ContentRow(
      cards(1) { _ in #"{"components":[]}"# }, "FIELD_REQUIRED template.components[0].cards[0].card_index"),
    ContentRow(
      cards(1) { _ in #"{"card_index":0,"components":[{"type":"carousel"}]}"# },
      "VALUE_NOT_ALLOWED template.components[0].cards[0].components[0].type"),
  ])
  func `buttons and cards`(row: ContentRow) throws { try row.check() }
}
