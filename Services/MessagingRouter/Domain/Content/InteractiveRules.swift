import Contracts
import JSON

/// Meta's bounds of interactive messages.
enum InteractiveRules {
  private static let field = "interactive"

  static func check(_ message: InteractiveMessage) throws(ContentProblem) {
    let why = "\(message.type.rawValue)"
    try header(message.header, of: message.type)
    let body = try ContentText.required(message.body, field + ".body", why)
    try ContentText.words(body.text, field + ".body.text", most: message.type == .list ? 4_096 : 1_024)
    if message.type == .locationRequest {
      try ContentText.absent(message.footer, field + ".footer", why)
    } else if let footer = message.footer {
      try ContentText.words(footer.text, field + ".footer.text", most: 60)
    }
    let action = message.action
    let belonging = members(of: message.type)
    let given: [(String, Bool)] = [
      ("name", action.name != nil), ("button", action.button != nil), ("buttons", action.buttons != nil),
      ("sections", action.sections != nil), ("parameters", action.parameters != nil),
    ]
    for (name, isGiven) in given where isGiven && !belonging.contains(name) {
      throw ContentProblem(.notAllowed, "\(field).action.\(name)", "\(why) does not have it: leave it out")
    }
    switch message.type {
    case .button: try buttons(action)
    case .list: try list(action)
    case .ctaURL: try link(action)
    case .flow: try flow(action)
    case .locationRequest: try ContentText.word(action.name, field + ".action.name", of: ["send_location"])
    }
  }

  private static func members(of kind: InteractiveMessage.Kind) -> Set<String> {
    switch kind {
    case .button: ["buttons"]
    case .list: ["button", "sections"]
    case .ctaURL, .flow: ["name", "parameters"]
    case .locationRequest: ["name"]
    }
  }

  // MARK: Header

  private static func header(_ header: InteractiveHeader?, of kind: InteractiveMessage.Kind) throws(ContentProblem) {
    guard let header else { return }
    let field = field + ".header"
    if kind == .locationRequest { try ContentText.absent(header, field, kind.rawValue) }
    if kind == .list, header.type != .text {
      throw ContentProblem(.value, field + ".type", "a list has a header of type text only")
    }
    let parts: [(InteractiveHeader.Kind, Bool)] = [
      (.text, header.text != nil), (.image, header.image != nil), (.video, header.video != nil),
      (.document, header.document != nil),
    ]
    for (part, isGiven) in parts {
      let place = "\(field).\(part.rawValue)"
      if part == header.type, !isGiven {
        throw ContentProblem(.required, place, "a header of this type needs it: add it")
      }
      if part != header.type, isGiven {
        throw ContentProblem(.notAllowed, place, "the header's type is \(header.type.rawValue): leave it out")
      }
    }
    try ContentText.optional(header.text, field + ".text", most: 60)
    try medium(header.image, .image, field + ".image")
    try medium(header.video, .video, field + ".video")
    try medium(header.document, .document, field + ".document")
  }

  private static func medium(_ medium: MessageMedia?, _ kind: MediumKind, _ field: String) throws(ContentProblem) {
    guard let medium else { return }
    try ContentText.absent(medium.caption, field + ".caption", "a header")
    try ContentRules.check(medium, as: kind, field)
  }

  // MARK: Actions

  private static func buttons(_ action: InteractiveAction) throws(ContentProblem) {
    let field = field + ".action.buttons"
    let buttons = try ContentText.required(action.buttons, field, "button")
    try ContentText.count(buttons, field, 1...3)
    var (ids, titles): (Set<String>, Set<String>) = ([], [])
    for (index, button) in buttons.enumerated() {
      let place = "\(field)[\(index)]"
      try ContentText.word(button.type, place + ".type", of: ["reply"])
      try ContentText.identifier(button.reply.id, place + ".reply.id", most: 256)
      try ContentText.words(button.reply.title, place + ".reply.title", most: 20, isSingleLine: true)
      guard ids.insert(button.reply.id).inserted else {
        throw ContentProblem(.notUnique, place + ".reply.id", "another button has this id: give each its own")
      }
      guard titles.insert(button.reply.title).inserted else {
        throw ContentProblem(.notUnique, place + ".reply.title", "another button has this title: give each its own")
      }
    }
  }

  private static func list(_ action: InteractiveAction) throws(ContentProblem) {
    let button = try ContentText.required(action.button, field + ".action.button", "list")
    try ContentText.words(button, field + ".action.button", most: 20, isSingleLine: true)
    let field = field + ".action.sections"
    let sections = try ContentText.required(action.sections, field, "list")
    try ContentText.count(sections, field, 1...10)
    var ids: Set<String> = []
    var rows = 0
    for (index, section) in sections.enumerated() {
      let place = "\(field)[\(index)]"
      if sections.count > 1, section.title == nil {
        throw ContentProblem(.required, place + ".title", "with more than one section each needs a title: add it")
      }
      try ContentText.optional(section.title, place + ".title", most: 24)
      try ContentText.count(section.rows, place + ".rows", 1...10)
      for (number, row) in section.rows.enumerated() {
        let at = "\(place).rows[\(number)]"
        rows += 1
        guard rows <= 10 else { throw ContentProblem(.count, at, "a list has at most 10 rows in all its sections") }
        try ContentText.identifier(row.id, at + ".id", most: 200)
        try ContentText.words(row.title, at + ".title", most: 24, isSingleLine: true)
        try ContentText.optional(row.description, at + ".description", most: 72)
        guard ids.insert(row.id).inserted else {
          throw ContentProblem(.notUnique, at + ".id", "another row has this id: give each its own")
        }
      }
    }
  }

  private static func link(_ action: InteractiveAction) throws(ContentProblem) {
    try ContentText.word(action.name, field + ".action.name", of: ["cta_url"])
    let field = field + ".action.parameters"
    let parameters = try ContentText.required(action.parameters, field, "cta_url")
    let text = try ContentText.required(parameters.displayText, field + ".display_text", "cta_url")
    try ContentText.words(text, field + ".display_text", most: 20, isSingleLine: true)
    try ContentText.link(try ContentText.required(parameters.url, field + ".url", "cta_url"), field + ".url")
    for (name, value) in flowMembers(parameters) { try ContentText.absent(value, "\(field).\(name)", "cta_url") }
  }

  private static func flow(_ action: InteractiveAction) throws(ContentProblem) {
    try ContentText.word(action.name, field + ".action.name", of: ["flow"])
    let field = field + ".action.parameters"
    let parameters = try ContentText.required(action.parameters, field, "flow")
    try ContentText.absent(parameters.displayText, field + ".display_text", "flow")
    try ContentText.absent(parameters.url, field + ".url", "flow")
    try ContentText.word(parameters.flowMessageVersion, field + ".flow_message_version", of: ["3"])
    switch (parameters.flowID, parameters.flowName) {
    case (nil, nil): throw ContentProblem(.required, field + ".flow_id", "give flow_id or flow_name")
    case (.some, .some):
      throw ContentProblem(.notAllowed, field + ".flow_name", "flow_id is given as well: give one of both")
    case (let id?, nil): try ContentText.identifier(id, field + ".flow_id", most: 64)
    case (nil, let name?): try ContentText.identifier(name, field + ".flow_name", most: 256)
    }
    let button = try ContentText.required(parameters.flowCta, field + ".flow_cta", "flow")
    try ContentText.words(button, field + ".flow_cta", most: 30, isSingleLine: true)
    try ContentText.optional(parameters.flowToken, field + ".flow_token", most: 1_000)
    try ContentText.word(parameters.mode, field + ".mode", of: ["draft", "published"])
    try ContentText.word(parameters.flowAction, field + ".flow_action", of: ["navigate", "data_exchange"])
    guard let payload = parameters.flowActionPayload else { return }
    guard parameters.flowAction != "data_exchange" else {
      throw ContentProblem(.notAllowed, field + ".flow_action_payload", "a flow that navigates has it: leave it out")
    }
    guard let screen = payload["screen"]?.string else {
      throw ContentProblem(.required, field + ".flow_action_payload.screen", "names the first screen: add it")
    }
    try ContentText.identifier(screen, field + ".flow_action_payload.screen", most: 256)
    if let data = payload["data"], data.object?.isEmpty != false {
      throw ContentProblem(
        .value, field + ".flow_action_payload.data", "is an object with at least one member, or absent")
    }
  }

  private static func flowMembers(_ parameters: InteractiveParameters) -> [(String, JSONValue?)] {
    func text(_ value: String?) -> JSONValue? { value.map { .string($0) } }
    return [
      ("flow_message_version", text(parameters.flowMessageVersion)), ("flow_id", text(parameters.flowID)),
      ("flow_name", text(parameters.flowName)), ("flow_cta", text(parameters.flowCta)),
      ("flow_token", text(parameters.flowToken)), ("mode", text(parameters.mode)),
      ("flow_action", text(parameters.flowAction)), ("flow_action_payload", parameters.flowActionPayload),
    ]
  }
}
