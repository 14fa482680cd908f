import Contracts
import JSON
import Testing

@testable import MessagingRouter

/// What Meta would refuse, told field by field: a case for each rule.
@Suite struct TemplateRulesTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var expected: [String]
    var components: [TemplateComponent]
    var category = TemplateCategory.utility
    var name = "order_ready"
    var language = "en_US"
    var format: TemplateParameterFormat?
    var ttl: Int?

    var testDescription: String { expected.joined(separator: ", ") }

    init(
      _ expected: String..., components: [TemplateComponent], category: TemplateCategory = .utility,
      name: String = "order_ready", language: String = "en_US", format: TemplateParameterFormat? = nil, ttl: Int? = nil
    ) {
      self.expected = expected
      self.components = components
      self.category = category
      self.name = name
      self.language = language
      self.format = format
      self.ttl = ttl
    }
  }

  static let plain = TemplateComponent(.body, text: "Your order is ready.")

  static func body(_ text: String, _ examples: [String]? = nil) -> TemplateComponent {
    TemplateComponent(.body, text: text, example: examples.map { TemplateExample(bodyText: [$0]) })
  }

  static func header(_ text: String, _ example: TemplateExample? = nil) -> TemplateComponent {
    TemplateComponent(.header, format: .text, text: text, example: example)
  }

  static func buttons(_ buttons: TemplateButton...) -> [TemplateComponent] {
    [plain, TemplateComponent(.buttons, buttons: buttons)]
  }

  static func card(_ text: String = "Red shoes", button: TemplateButton = .init(.quickReply, text: "Buy"))
    -> TemplateCard
  {
    TemplateCard(components: [
      TemplateComponent(.header, format: .image, example: TemplateExample(headerHandle: ["4::a"])),
      TemplateComponent(.body, text: text), TemplateComponent(.buttons, buttons: [button]),
    ])
  }

  static func code(_ button: TemplateButton, _ more: TemplateComponent...) -> [TemplateComponent] {
    [TemplateComponent(.body, addSecurityRecommendation: true), TemplateComponent(.buttons, buttons: [button])] + more
  }

  static let wrong: [Case] = [
    Case("name NAME_INVALID", components: [plain], name: "Order"),
    Case("name NAME_INVALID", components: [plain], name: ""),
    Case("name NAME_INVALID", components: [plain], name: String(repeating: "a", count: 513)),
    Case("language LANGUAGE_INVALID", components: [plain], language: "english"),
    Case("category CATEGORY_INVALID", components: [plain], category: .other),
    Case("message_send_ttl_seconds TTL_OUT_OF_RANGE", components: [plain], ttl: 29),
    Case("components BODY_REQUIRED", components: [header("Hello")]),
    Case("components[1].type COMPONENT_REPEATED", components: [plain, plain]),
    Case("components[0].text TEXT_REQUIRED", components: [TemplateComponent(.body, text: " ")]),
    Case("components[0].text BODY_TOO_LONG", components: [body(String(repeating: "a", count: 1_025))]),
    Case("components[0].text BODY_FORMAT", components: [body("a\n\n\nb")]),
    Case("components[0].text BODY_FORMAT", components: [body("a\u{0}b")]),
    Case(
      "components[0].add_security_recommendation FIELD_NOT_ALLOWED",
      components: [TemplateComponent(.body, text: "Hello", addSecurityRecommendation: true)]),
    // Variables
    Case("components[0].text VARIABLE_INVALID", components: [body("Hello {{First Name}}, it is ready")]),
    Case("components[0].text VARIABLE_INVALID", components: [body("Hello {{1, it is ready")]),
    Case("components[0].text VARIABLE_AT_EDGE", components: [body("{{1}}, your order is ready", ["Ann"])]),
    Case("components[0].text VARIABLE_AT_EDGE", components: [body("Your order is ready now, {{1}} ", ["Ann"])]),
    Case("components[0].text VARIABLES_TOO_MANY", components: [body("Hi {{1}} ok", ["Ann"])]),
    Case("components[0].text VARIABLES_GAP", components: [body("Hello {{1}}, order {{3}} is ready now", ["a", "b"])]),
    Case(
      "components[0].text VARIABLES_MIXED",
      components: [
        TemplateComponent(
          .body, text: "Hello {{1}}, order {{number}} is ready now",
          example: TemplateExample(bodyTextNamedParams: [
            .init(paramName: "1", example: "a"), .init(paramName: "number", example: "b"),
          ]))
      ]),
    Case(
      "components[0].text VARIABLES_MIXED", "components[0].example.body_text_named_params EXAMPLE_REQUIRED",
      components: [body("Hello dear {{1}}, it is ready", ["a"])], format: .named),
    Case(
      "components[0].example.body_text EXAMPLE_REQUIRED",
      components: [body("Hello {{1}}, order {{2}} is ready now", ["Ann"])]),
    Case(
      "components[0].example.body_text[0][1] EXAMPLE_REQUIRED",
      components: [body("Hello {{1}}, order {{2}} is ready now", ["Ann", ""])]),
    // Header
    Case("components[0].format FORMAT_REQUIRED", components: [TemplateComponent(.header, text: "Hello"), plain]),
    Case("components[0].text TEXT_REQUIRED", components: [header(""), plain]),
    Case("components[0].text HEADER_TOO_LONG", components: [header(String(repeating: "a", count: 61)), plain]),
    Case("components[0].text HEADER_FORMAT", components: [header("a\nb"), plain]),
    Case("components[0].text HEADER_FORMAT", components: [header("*Big* news"), plain]),
    Case("components[0].text HEADER_FORMAT", components: [header("News 🎉"), plain]),
    Case(
      "components[0].text HEADER_VARIABLES",
      components: [header("{{1}} and {{2}}", TemplateExample(headerText: ["a"])), plain]),
    Case("components[0].example.header_text EXAMPLE_REQUIRED", components: [header("Order {{1}}"), plain]),
    Case(
      "components[0].example.header_text_named_params EXAMPLE_REQUIRED",
      components: [header("Order {{number}}"), plain], format: .named),
    Case(
      "components[0].example.header_media_id EXAMPLE_REQUIRED",
      components: [TemplateComponent(.header, format: .document), plain]),
    Case(
      "components[0].example.header_media_id EXAMPLE_AMBIGUOUS",
      components: [
        TemplateComponent(
          .header, format: .image, example: TemplateExample(headerHandle: ["4::a"], headerMediaID: .example)), plain,
      ]),
    // Footer
    Case("components[1].text TEXT_REQUIRED", components: [plain, TemplateComponent(.footer)]),
    Case(
      "components[1].text FOOTER_TOO_LONG",
      components: [plain, TemplateComponent(.footer, text: String(repeating: "a", count: 61))]),
    Case("components[1].text FOOTER_VARIABLES", components: [plain, TemplateComponent(.footer, text: "By {{1}} now")]),
    Case("components[1].text FOOTER_FORMAT", components: [plain, TemplateComponent(.footer, text: "a\nb")]),
    // Buttons
    Case("components[1].buttons BUTTONS_OUT_OF_RANGE", components: buttons()),
    Case(
      "components[1].buttons BUTTONS_OUT_OF_RANGE",
      components: [
        plain, TemplateComponent(.buttons, buttons: (0...10).map { TemplateButton(.quickReply, text: "\($0)") }),
      ]),
    Case(
      "components[1].buttons BUTTONS_TOO_MANY",
      components: [
        plain,
        TemplateComponent(
          .buttons, buttons: (0...2).map { TemplateButton(.url, text: "\($0)", url: "https://a.example") }),
      ]),
    Case(
      "components[1].buttons BUTTONS_TOO_MANY",
      components: buttons(
        .init(.phoneNumber, text: "A", phoneNumber: "+15550001"),
        .init(.phoneNumber, text: "B", phoneNumber: "+15550001"))),
    Case(
      "components[1].buttons QUICK_REPLIES_APART",
      components: buttons(
        .init(.quickReply, text: "A"), .init(.url, text: "B", url: "https://a.example"), .init(.quickReply, text: "C"))),
    Case(
      "components[1].buttons BUTTONS_ALIKE",
      components: buttons(.init(.quickReply, text: "A"), .init(.quickReply, text: "A"))),
    Case("components[1].buttons[0].text TEXT_REQUIRED", components: buttons(.init(.quickReply))),
    Case(
      "components[1].buttons[0].text BUTTON_TOO_LONG",
      components: buttons(.init(.quickReply, text: String(repeating: "a", count: 26)))),
    Case("components[1].buttons[0].text BUTTON_FORMAT", components: buttons(.init(.quickReply, text: "Hi {{1}}"))),
    Case("components[1].buttons[0].url URL_INVALID", components: buttons(.init(.url, text: "A", url: "a.example"))),
    Case(
      "components[1].buttons[0].url URL_TOO_LONG",
      components: buttons(.init(.url, text: "A", url: "https://a.example/" + String(repeating: "a", count: 2_000)))),
    Case(
      "components[1].buttons[0].url URL_VARIABLES",
      components: buttons(
        .init(.url, text: "A", url: "https://a.example/{{1}}/{{2}}", example: ["https://a.example/1"]))),
    Case(
      "components[1].buttons[0].url URL_VARIABLE_NOT_LAST",
      components: buttons(.init(.url, text: "A", url: "https://a.example/{{1}}/x", example: ["https://a.example/1"]))),
    Case(
      "components[1].buttons[0].example EXAMPLE_REQUIRED",
      components: buttons(.init(.url, text: "A", url: "https://a.example/{{1}}"))),
    Case(
      "components[1].buttons[0].phone_number PHONE_INVALID",
      components: buttons(.init(.phoneNumber, text: "A", phoneNumber: "call us"))),
    Case("components[1].buttons[0].example EXAMPLE_REQUIRED", components: buttons(.init(.copyCode))),
    Case(
      "components[1].buttons[0].example CODE_TOO_LONG",
      components: buttons(.init(.copyCode, example: ["ABCDEFGHIJKLMNOP"]))),
    Case("components[1].buttons[0].flow_id FLOW_REQUIRED", components: buttons(.init(.flow, text: "Book"))),
    Case(
      "components[1].buttons[0].type BUTTON_NOT_ALLOWED", components: buttons(.init(.otp, otpType: .copyCode))),
    Case("components[1].buttons[0].raw RAW_REQUIRED", components: buttons(.init(.other))),
    // Authentication
    Case(
      "components[0].text BODY_FIXED",
      components: [body("Code {{1}}"), TemplateComponent(.buttons, buttons: [.init(.otp, otpType: .copyCode)])],
      category: .authentication),
    Case("components CODE_BUTTON_REQUIRED", components: [TemplateComponent(.body)], category: .authentication),
    Case(
      "components[2].code_expiration_minutes MINUTES_OUT_OF_RANGE",
      components: code(.init(.otp, otpType: .copyCode), TemplateComponent(.footer, codeExpirationMinutes: 91)),
      category: .authentication),
    Case(
      "components[2].text FOOTER_FIXED",
      components: code(
        .init(.otp, otpType: .copyCode), TemplateComponent(.footer, text: "Bye", codeExpirationMinutes: 9)),
      category: .authentication),
    Case(
      "components[1].buttons[0].otp_type OTP_TYPE_REQUIRED", components: code(.init(.otp)), category: .authentication),
    Case(
      "components[1].buttons[0].type BUTTON_NOT_ALLOWED", components: code(.init(.quickReply, text: "A")),
      category: .authentication),
    Case(
      "components[1].buttons[0].supported_apps APPS_REQUIRED", components: code(.init(.otp, otpType: .oneTap)),
      category: .authentication),
    Case(
      "components[1].buttons[0].supported_apps APPS_REQUIRED",
      "components[1].buttons[0].zero_tap_terms_accepted TERMS_REQUIRED",
      components: code(.init(.otp, otpType: .zeroTap)),
      category: .authentication),
    Case(
      "components[2].type COMPONENT_NOT_ALLOWED", components: code(.init(.otp, otpType: .copyCode), header("Code")),
      category: .authentication),
    // Special kinds
    Case(
      "components[1].type COMPONENT_NOT_ALLOWED",
      components: [plain, TemplateComponent(.limitedTimeOffer, limitedTimeOffer: .init(text: "Soon over"))]),
    Case(
      "components[1].limited_time_offer.text OFFER_TOO_LONG",
      components: [plain, TemplateComponent(.limitedTimeOffer, limitedTimeOffer: .init(text: "Only until Sunday"))],
      category: .marketing),
    Case(
      "components COMPONENT_NOT_ALLOWED",
      components: [
        plain, TemplateComponent(.limitedTimeOffer, limitedTimeOffer: .init(text: "Soon over")),
        TemplateComponent(.footer, text: "Bye"),
      ], category: .marketing),
    Case(
      "components[0].format FORMAT_NOT_ALLOWED",
      components: [
        header("Hello"), plain, TemplateComponent(.limitedTimeOffer, limitedTimeOffer: .init(text: "Soon over")),
      ], category: .marketing),
    Case(
      "components[1].cards CARDS_OUT_OF_RANGE", components: [plain, TemplateComponent(.carousel, cards: [card()])],
      category: .marketing),
    Case(
      "components[1].cards[1].components CARDS_DIFFER",
      components: [
        plain,
        TemplateComponent(
          .carousel, cards: [card(), card(button: .init(.url, text: "Buy", url: "https://a.example"))]),
      ], category: .marketing),
    Case(
      "components[1].cards[0].components[1].text BODY_TOO_LONG",
      components: [
        plain, TemplateComponent(.carousel, cards: [card(String(repeating: "a", count: 161)), card()]),
      ], category: .marketing),
    Case(
      "components COMPONENT_NOT_ALLOWED",
      components: [plain, header("Hello"), TemplateComponent(.carousel, cards: [card(), card()])], category: .marketing),
    Case("components[1].raw RAW_REQUIRED", components: [plain, TemplateComponent(.other)]),
  ]

  @Test(arguments: wrong) func `each thing that Meta refuses is told by its field`(_ wrong: Case) {
    let problems = TemplateRules.check(
      name: wrong.name, language: wrong.language, category: wrong.category, format: wrong.format,
      components: wrong.components, ttl: wrong.ttl)
    #expect(problems.map { "\($0.field) \($0.reason)" } == wrong.expected)
  }

  static let right: [Case] = [
    Case(components: [plain], language: "fil", ttl: 30),
    Case(components: [body("Hello {{1}}, your order {{2}} is ready.", ["Ann", "1042"])]),
    Case(components: [body("你好 {{1}} 您的订单已经准备好了", ["Ann"])], language: "zh_CN"),
    Case(components: [
      TemplateComponent(
        .header, format: .text, text: "Order {{order_number}}",
        example: TemplateExample(headerTextNamedParams: [.init(paramName: "order_number", example: "1")])),
      TemplateComponent(
        .body, text: "Hello {{first_name}}, your order is ready",
        example: TemplateExample(bodyTextNamedParams: [.init(paramName: "first_name", example: "Ann")])),
      TemplateComponent(.footer, text: "Flower Shop"),
      TemplateComponent(
        .buttons,
        buttons: [
          .init(.quickReply, text: "Yes"), .init(.quickReply, text: "No"),
          .init(.url, text: "Track", url: "https://a.example/{{1}}", example: ["https://a.example/1"]),
          .init(.phoneNumber, text: "Call", phoneNumber: "+15550001"),
        ]),
    ]),
    Case(components: buttons(.init(.voiceCall, text: "Call now"))),
    Case(components: [plain, TemplateComponent(.callPermissionRequest)]),
    Case(components: buttons(.init(.callPermissionRequest))),
    Case(
      components: code(.init(.otp, otpType: .copyCode), TemplateComponent(.footer, codeExpirationMinutes: 10)),
      category: .authentication),
    Case(
      components: [plain, TemplateComponent(.carousel, cards: [card(), card("Blue shoes")])], category: .marketing),
    Case(components: [TemplateComponent(.header, format: .location), plain]),
    Case(components: [plain, TemplateComponent(.other, raw: ["type": "ORDER_DETAILS"])]),
  ]

  @Test(arguments: right) func `what Meta takes passes`(_ right: Case) {
    let problems = TemplateRules.check(
      name: right.name, language: right.language, category: right.category, format: right.format,
      components: right.components, ttl: right.ttl)
    #expect(problems == [])
  }

  @Test func `what reviewers often reject is a warning`() {
    func warnings(_ components: [TemplateComponent], _ category: TemplateCategory = .utility) -> Int {
      TemplateWarnings.of(components, category: category).count
    }
    #expect(warnings([Self.plain]) == 0)
    #expect(warnings([Self.body("A discount for you")]) == 1)
    #expect(warnings([Self.body("A discount for you")], .marketing) == 0)
    #expect(warnings([Self.body("See https://bit.ly/x for more")]) == 1)
    #expect(warnings(Self.buttons(.init(.url, text: "A", url: "https://wa.me/1"))) == 1)
    #expect(warnings([Self.body("Hello {{1}} {{2}} your order is ready", ["a", "b"])]) == 1)
    #expect(warnings([Self.body("Your order is ready, {{1}}!", ["a"])]) == 1)
  }
}
