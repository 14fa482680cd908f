import Contracts
import JSON
import Testing

@testable import MessagingRouter

/// Parameters of sends against templates: checked, made out of values, shown.
@Suite struct TemplateParametersTests {
  static func template(
    _ components: JSONValue, named: Bool = false, category: String = "UTILITY"
  ) -> Template {
    var row = TemplateRow(
      account: "acc", waba: "waba", name: "t", language: "en_US", metaCategory: category, status: .approved,
      metaStatus: "APPROVED", format: named ? .named : .positional, components: components, at: 0)
    row.template.metaTemplateID = "1"
    return row.template
  }

  static let order: JSONValue = [
    ["type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": ["header_text": ["7"]]],
    [
      "type": "BODY", "text": "Hello {{1}}, your order {{2}} is ready.",
      "example": ["body_text": [["Ann", "1042"]]],
    ],
    ["type": "FOOTER", "text": "Flower Shop"],
    [
      "type": "BUTTONS",
      "buttons": [
        ["type": "QUICK_REPLY", "text": "Thanks"],
        ["type": "URL", "text": "Track", "url": "https://a.example/{{1}}", "example": ["https://a.example/7"]],
        ["type": "COPY_CODE", "example": "SAVE"], ["type": "VOICE_CALL", "text": "Call us"],
      ],
    ],
  ]
  static let code: JSONValue = [
    ["type": "BODY", "text": "*{{1}}* is your verification code."],
    [
      "type": "BUTTONS",
      "buttons": [
        ["type": "URL", "text": "Copy", "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"]
      ],
    ],
  ]
  static let photo: JSONValue = [["type": "HEADER", "format": "IMAGE"], ["type": "BODY", "text": "Look at this."]]
  static let cards: JSONValue = [
    ["type": "BODY", "text": "Our shoes of today"],
    [
      "type": "CAROUSEL",
      "cards": [
        ["components": [["type": "HEADER", "format": "IMAGE"], ["type": "BODY", "text": "The {{1}} pair is here"]]],
        ["components": [["type": "HEADER", "format": "IMAGE"], ["type": "BODY", "text": "The {{1}} pair is here"]]],
      ],
    ],
  ]

  static func content(_ components: JSONValue) -> TemplateMessage {
    TemplateMessage(name: "t", language: TemplateLanguage(code: "en_US"), components: components.array)
  }

  private func text(_ value: String, _ name: String? = nil) -> JSONValue {
    name.map { ["type": "text", "parameter_name": .string($0), "text": .string(value)] }
      ?? ["type": "text", "text": .string(value)]
  }

  private func reasons(_ components: JSONValue, _ template: Template) -> [String] {
    TemplateParameters.check(Self.content(components), against: template).map { "\($0.field) \($0.reason)" }
  }

  @Test func `what is made out of values fits, and reads as the customer will see it`() throws {
    let template = Self.template(Self.order)
    #expect(template.variables.map(\.name) == ["header_1", "1", "2", "button_1", "button_2"])
    #expect(template.variables.map(\.example) == ["7", "Ann", "1042", "https://a.example/7", "SAVE"])
    let values = ["header_1": "7", "1": "Ann", "2": "1042", "button_1": "t/7", "button_2": "CODE5"]
    let (content, problems) = TemplateFilling.fill(template, variables: values)
    #expect(problems == [])
    #expect(TemplateParameters.check(content, against: template) == [])
    #expect(TemplateRendering.values(of: content, in: template) == values)
    let preview = TemplateRendering(template).preview(values)
    #expect(
      preview.text
        == "Order 7\nHello Ann, your order 1042 is ready.\nFlower Shop\n[Thanks]\n[Track]\n[Copy code]\n[Call us]")
    #expect(preview.buttons.map(\.target) == [nil, "https://a.example/t/7", "CODE5", nil])
    let empty = TemplateRendering(template).preview([:])
    #expect(empty.missing == ["header_1", "1", "2", "button_1", "button_2"])
    #expect(empty.body == "Hello Ann, your order 1042 is ready.")
  }

  @Test func `values that are missing or too much are named`() {
    let (_, problems) = TemplateFilling.fill(
      Self.template(Self.order), variables: ["1": "Ann", "3": "x", "header_1": "7", "button_1": "a", "button_2": ""],
      media: TemplateMedia(header: MessageMedia(link: "https://a.example/a.png")))
    #expect(
      problems.map { "\($0.field) \($0.reason)" } == [
        "variables.2 VARIABLE_REQUIRED", "variables.button_2 VARIABLE_REQUIRED", "variables.3 VARIABLE_UNKNOWN",
        "header_media MEDIA_UNKNOWN",
      ])
    let (_, without) = TemplateFilling.fill(Self.template(Self.photo), variables: [:])
    #expect(without.map(\.field) == ["header_media"])
  }

  @Test func `each misfit of a send is told by its field`() {
    let order = Self.template(Self.order)
    let header: JSONValue = ["type": "header", "parameters": [text("7")]]
    let url: JSONValue = ["type": "button", "sub_type": "url", "index": "1", "parameters": [text("7")]]
    let coupon: JSONValue = [
      "type": "button", "sub_type": "copy_code", "index": 2,
      "parameters": [["type": "coupon_code", "coupon_code": "SAVE"]],
    ]
    func body(_ parameters: JSONValue...) -> JSONValue { ["type": "body", "parameters": .array(parameters)] }
    let good = body(text("Ann"), text("1042"))
    let root = "template.components"
    #expect(reasons([header, good, url, coupon], order) == [])
    #expect(
      reasons([], order) == [
        "\(root) HEADER_REQUIRED", "\(root) BODY_REQUIRED", "\(root) BUTTON_REQUIRED", "\(root) BUTTON_REQUIRED",
      ])
    #expect(reasons([header, body(text("Ann")), url, coupon], order) == ["\(root)[1].parameters PARAMETER_COUNT"])
    #expect(
      reasons([header, body(text("A\nB"), text("")), url, coupon], order) == [
        "\(root)[1].parameters[0].text PARAMETER_FORMAT", "\(root)[1].parameters[1].text PARAMETER_FORMAT",
      ])
    #expect(
      reasons([header, body(text("a", "name"), text("b")), url, coupon], order) == [
        "\(root)[1].parameters[0].parameter_name PARAMETER_NAMED"
      ])
    #expect(
      reasons([header, body(["type": "image", "image": [:]], text("b")), url, coupon], order) == [
        "\(root)[1].parameters[0].type PARAMETER_TYPE"
      ])
    #expect(reasons([header, good, good, url, coupon], order) == ["\(root)[2].type COMPONENT_REPEATED"])
    #expect(
      reasons([header, good, url, coupon, ["type": "carousel", "cards": []]], order) == [
        "\(root)[4] COMPONENT_UNKNOWN"
      ])
    let wrongKind: JSONValue = ["type": "button", "sub_type": "quick_reply", "index": 1, "parameters": []]
    #expect(
      reasons([header, good, wrongKind, url, coupon], order) == [
        "\(root)[2].sub_type BUTTON_TYPE", "\(root)[3].index COMPONENT_REPEATED",
      ])
    let far: JSONValue = ["type": "button", "sub_type": "url", "index": 9, "parameters": [text("7")]]
    #expect(reasons([header, good, url, coupon, far], order) == ["\(root)[4].index BUTTON_UNKNOWN"])
    let long: JSONValue = [
      "type": "button", "sub_type": "copy_code", "index": 2,
      "parameters": [["type": "coupon_code", "coupon_code": "ABCDEFGHIJKLMNOP"]],
    ]
    #expect(
      reasons([header, good, url, long], order) == ["\(root)[3].parameters[0].coupon_code PARAMETER_FORMAT"])
    let tooLong = body(text(String(repeating: "x", count: 1_000)), text("b"))
    #expect(reasons([header, tooLong, url, coupon], order) == ["\(root) BODY_TOO_LONG"])
  }

  @Test func `named variables want their names, each once`() {
    let template = Self.template(
      [["type": "BODY", "text": "Hello {{name}}, order {{number}} is here"]], named: true)
    func body(_ parameters: JSONValue...) -> JSONValue { [["type": "body", "parameters": .array(parameters)]] }
    #expect(reasons(body(text("7", "number"), text("Ann", "name")), template) == [])
    let field = "template.components[0].parameters[1].parameter_name"
    #expect(reasons(body(text("7", "number"), text("8", "number")), template) == ["\(field) PARAMETER_NAME_UNKNOWN"])
    #expect(reasons(body(text("7", "number"), text("8")), template) == ["\(field) PARAMETER_NAME_REQUIRED"])
    let (content, problems) = TemplateFilling.fill(template, variables: ["name": "Ann", "number": "7"])
    #expect(problems == [] && TemplateParameters.check(content, against: template) == [])
  }

  @Test func `a code stands in the body and in the button, and is short`() {
    let template = Self.template(Self.code, category: "AUTHENTICATION")
    #expect(template.variables.map(\.name) == ["1"])
    func send(_ one: String, _ two: String) -> JSONValue {
      [
        ["type": "body", "parameters": [text(one)]],
        ["type": "button", "sub_type": "url", "index": "0", "parameters": [text(two)]],
      ]
    }
    #expect(reasons(send("123456", "123456"), template) == [])
    #expect(reasons(send("123456", "654321"), template) == ["template.components[1].parameters[0].text CODES_DIFFER"])
    #expect(
      reasons(send("1234567890123456", "1234567890123456"), template) == [
        "template.components[0].parameters[0].text CODE_TOO_LONG"
      ])
    #expect(
      reasons([["type": "body", "parameters": [text("123456")]]], template) == ["template.components BUTTON_REQUIRED"])
    let (content, problems) = TemplateFilling.fill(template, variables: ["1": "123456"])
    #expect(problems == [] && TemplateParameters.check(content, against: template) == [])
  }

  @Test func `a medium is of the header's kind, by link or id`() {
    let template = Self.template(Self.photo)
    func send(_ type: String, _ value: JSONValue) -> JSONValue {
      var parameter: JSONObject = ["type": .string(type)]
      parameter[type] = value
      return [["type": "header", "parameters": [.object(parameter)]]]
    }
    #expect(reasons(send("image", ["link": "https://a.example/a.png"]), template) == [])
    #expect(reasons(send("image", ["id": "123"]), template) == [])
    let field = "template.components[0].parameters[0]"
    #expect(reasons(send("video", ["id": "1"]), template) == ["\(field).type PARAMETER_TYPE"])
    #expect(reasons(send("image", ["id": "1", "link": "https://a"]), template) == ["\(field).image PARAMETER_FORMAT"])
    #expect(reasons(send("image", ["link": "ftp://a"]), template) == ["\(field).image.link PARAMETER_FORMAT"])
  }

  @Test func `cards are as many as the carousel has, each with its own values`() {
    let template = Self.template(Self.cards, category: "MARKETING")
    #expect(template.variables.map(\.name) == ["card_0_1", "card_1_1"])
    let media = TemplateMedia(cards: [.init(link: "https://a.example/1"), .init(link: "https://a.example/2")])
    let (content, problems) = TemplateFilling.fill(
      template, variables: ["card_0_1": "red", "card_1_1": "blue"], media: media)
    #expect(problems == [])
    #expect(TemplateParameters.check(content, against: template) == [])
    let one = Self.content([["type": "carousel", "cards": [["card_index": 0, "components": []]]]])
    #expect(TemplateParameters.check(one, against: template).map(\.reason) == ["CARD_COUNT"])
    #expect(
      TemplateRendering(template).preview(["card_0_1": "red", "card_1_1": "blue"]).cards.map(\.body) == [
        "The red pair is here", "The blue pair is here",
      ])
  }

  @Test func `what is not known of Meta's components is kept and written back as it came`() throws {
    let strange: JSONValue = [
      ["type": "BODY", "text": "Hi"], ["type": "ORDER_DETAILS", "depth": ["of": [1, 2]]],
      ["type": "BUTTONS", "buttons": [["type": "HOLOGRAM", "text": "Look", "beam": true]]],
    ]
    let components = MetaComponents.read(strange)
    #expect(components.map(\.type) == [.body, .other, .buttons])
    #expect(components[2].buttons?.first?.type == .other)
    #expect(MetaComponents.write(components) == strange)
    let order = MetaComponents.read(Self.order)
    #expect(MetaComponents.read(MetaComponents.write(order)) == order)
    for value: JSONValue in [.null, 7, "x", [7], [["type": 7]], [["type": "BUTTONS", "buttons": 3]]] {
      #expect(MetaComponents.read(value).count <= 1)
    }
  }
}
