import JSON

/// Meta's own look at a message: what each type must have, and how long it may be. What Meta says of templates and
/// media is elsewhere.
struct MessageShape {
  let call: GraphCall

  /// Types the sandbox plays beside text and template.
  static let types: Set<String> = [
    "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction", "interactive",
  ]

  /// What a customer reads of it in a list of chats.
  var words: String {
    let type = call.text("type") ?? "text"
    guard let node = call.node(type) else { return "" }
    return switch type {
    case "text": node["body"]?.string ?? ""
    case "template", "location": node["name"]?.string ?? ""
    case "reaction": node["emoji"]?.string ?? ""
    case "interactive": node["body"]?["text"]?.string ?? ""
    case "contacts": node[0]?["name"]?["formatted_name"]?.string ?? ""
    default: node["caption"]?.string ?? ""
    }
  }

  /// The whole of it, for phones and the ledger; nil for plain texts, of which a bench makes millions.
  var content: JSONValue? {
    guard let type = call.text("type"), type != "text" else { return nil }
    return call.node(type).map { JSONValue($0) }
  }

  /// Throws what Meta would answer. `knows` tells whether Meta has given out a message id.
  func check(_ type: String, knows: (String) -> Bool) throws(GraphError) {
    if let context = call.node("context") {
      let id = try text(context, "message_id", "context['message_id']", most: 1_000)
      if !knows(id) { throw Self.invalid("context['message_id']: unknown message") }
    }
    guard let node = call.node(type) else { throw Self.missing(type) }
    switch type {
    case "image", "video", "audio", "document", "sticker": try medium(node, type)
    case "location": try location(node)
    case "contacts": try cards(node)
    case "reaction":
      let id = try text(node, "message_id", "reaction['message_id']", most: 1_000)
      if !knows(id) { throw Self.invalid("reaction['message_id']: unknown message") }
      if let emoji = node["emoji"]?.string, emoji.count > 1 { throw Self.invalid("reaction['emoji']: one emoji") }
    case "interactive": try interactive(node)
    default: throw GraphError.ordered(131_051, Fault.Parameters(details: "Message type \(type) is not supported."))
    }
  }

  // MARK: Types

  private func medium(_ node: JSONNode, _ type: String) throws(GraphError) {
    switch (node["id"]?.string, node["link"]?.string) {
    case (nil, nil): throw Self.missing("\(type)['id'] or \(type)['link']")
    case (.some, .some): throw Self.invalid("\(type): id and link together")
    case (nil, let link?):
      guard link.hasPrefix("https://") || link.hasPrefix("http://") else { throw Self.invalid("\(type)['link']: URL") }
    default: break
    }
    if node["caption"] != nil {
      if type == "audio" || type == "sticker" { throw Self.unexpected("\(type)['caption']") }
      _ = try text(node, "caption", "\(type)['caption']", most: 1_024)
    }
    if node["filename"] != nil, type != "document" { throw Self.unexpected("\(type)['filename']") }
  }

  private func location(_ node: JSONNode) throws(GraphError) {
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
      guard let value = node[name] else { throw Self.missing("location['\(name)']") }
      guard let degrees = value.double ?? value.string.flatMap({ Double($0) }), abs(degrees) <= most else {
        throw Self.invalid("location['\(name)']: out of range")
      }
    }
  }

  private func cards(_ node: JSONNode) throws(GraphError) {
    guard node.kind == .array, (1...257).contains(node.count) else { throw Self.invalid("contacts: 1 to 257 entries") }
    for index in 0..<node.count {
      guard let name = node[index]?["name"] else { throw Self.missing("contacts[\(index)]['name']") }
      _ = try text(name, "formatted_name", "contacts[\(index)]['name']['formatted_name']", most: 10_000)
      guard name.count > 1 else { throw Self.missing("contacts[\(index)]['name']: one more part") }
    }
  }

  // MARK: Interactive

  private func interactive(_ node: JSONNode) throws(GraphError) {
    let type = try text(node, "type", "interactive['type']", most: 64)
    guard let action = node["action"] else { throw Self.missing("interactive['action']") }
    guard let body = node["body"] else { throw Self.missing("interactive['body']") }
    try length(body["text"], "Body text", 1...(type == "list" ? 4_096 : 1_024))
    if let footer = node["footer"] { try length(footer["text"], "Footer text", 1...60) }
    if let header = node["header"] {
      let kind = header["type"]?.string ?? ""
      if type == "list", kind != "text" { throw Self.invalid("List messages have text headers only") }
      if kind == "text" { try length(header["text"], "Header text", 1...60) }
      if ["image", "video", "document"].contains(kind) {
        guard let medium = header[kind] else { throw Self.missing("interactive['header']['\(kind)']") }
        try self.medium(medium, kind)
      }
    }
    switch type {
    case "button": try buttons(action)
    case "list": try list(action)
    case "cta_url":
      try named("cta_url", action)
      try length(action["parameters"]?["display_text"], "Display text", 1...20)
      let url = action["parameters"]?["url"]?.string ?? ""
      if !url.hasPrefix("https://"), !url.hasPrefix("http://") { throw Self.invalid("URL is not valid") }
    case "flow":
      try named("flow", action)
      guard let parameters = action["parameters"] else { throw Self.missing("interactive['action']['parameters']") }
      if parameters["flow_message_version"]?.string != "3" { throw Self.invalid("flow_message_version: 3") }
      if (parameters["flow_id"] == nil) == (parameters["flow_name"] == nil) {
        throw Self.invalid("Exactly one of flow_id and flow_name")
      }
      try length(parameters["flow_cta"], "Flow CTA", 1...30)
    case "location_request_message": try named("send_location", action)
    default: throw Self.invalid("interactive['type']: \(type.prefix(40))")
    }
  }

  private func named(_ name: String, _ action: JSONNode) throws(GraphError) {
    if action["name"]?.string != name { throw Self.invalid("interactive['action']['name']: \(name)") }
  }

  private func buttons(_ action: JSONNode) throws(GraphError) {
    guard let buttons = action["buttons"] else { throw Self.missing("interactive['action']['buttons']") }
    guard (1...3).contains(buttons.count) else {
      throw Self.invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    }
    var (ids, titles): (Set<String>, Set<String>) = ([], [])
    for index in 0..<buttons.count {
      guard buttons[index]?["type"]?.string == "reply", let reply = buttons[index]?["reply"] else {
        throw Self.missing("interactive['action']['buttons'][\(index)]['reply']")
      }
      try length(reply["id"], "Button id", 1...256)
      try length(reply["title"], "Button title", 1...20)
      if !ids.insert(reply["id"]?.string ?? "").inserted { throw Self.invalid("Duplicated button id") }
      if !titles.insert(reply["title"]?.string ?? "").inserted { throw Self.invalid("Duplicated button title") }
    }
  }

  private func list(_ action: JSONNode) throws(GraphError) {
    try length(action["button"], "Button label", 1...20)
    guard let sections = action["sections"] else { throw Self.missing("interactive['action']['sections']") }
    guard (1...10).contains(sections.count) else { throw Self.invalid("Invalid sections count: 1 to 10") }
    var ids: Set<String> = []
    var rows = 0
    for index in 0..<sections.count {
      guard let section = sections[index], let list = section["rows"] else { throw Self.missing("rows") }
      if sections.count > 1 || section["title"] != nil { try length(section["title"], "Section title", 1...24) }
      rows += list.count
      if list.count == 0 || rows > 10 { throw Self.invalid("Total row count exceed max allowed count: 10") }
      for number in 0..<list.count {
        guard let row = list[number] else { continue }
        try length(row["id"], "Row id", 1...200)
        try length(row["title"], "Row title", 1...24)
        if row["description"] != nil { try length(row["description"], "Row description", 1...72) }
        if !ids.insert(row["id"]?.string ?? "").inserted { throw Self.invalid("Duplicated row id") }
      }
    }
  }

  // MARK: Parts

  private func text(_ node: JSONNode, _ name: String, _ path: String, most: Int) throws(GraphError) -> String {
    guard let text = node[name]?.string, !text.isEmpty else { throw Self.missing(path) }
    guard text.unicodeScalars.count <= most else {
      throw GraphError(
        100, "(#100) Param \(path) must be at most \(most) characters long.",
        details: "Param \(path) must be at most \(most) characters long.")
    }
    return text
  }

  private func length(_ node: JSONNode?, _ what: String, _ bounds: ClosedRange<Int>) throws(GraphError) {
    guard let node else { throw Self.missing(what) }
    guard bounds.contains(node.string?.unicodeScalars.count ?? 0) else {
      throw Self.invalid("\(what) length invalid. Min length: \(bounds.lowerBound), Max length: \(bounds.upperBound)")
    }
  }

  private static func missing(_ parameter: String) -> GraphError {
    GraphError.ordered(131_008, Fault.Parameters(details: "The parameter \(parameter) is required."))
  }

  private static func invalid(_ details: String) -> GraphError {
    GraphError.ordered(131_009, Fault.Parameters(details: details))
  }

  private static func unexpected(_ parameter: String) -> GraphError {
    GraphError(100, "(#100) Unexpected key \(parameter)", details: "Unexpected key \(parameter).")
  }
}
