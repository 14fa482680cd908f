import Contracts
import JSON

/// Writes the parts of messages in Meta's spelling. Ours is the same but for media, whose ids are ours, and for a few
/// members that Meta wants and callers may leave out.
struct MetaBodyWriter {
  private var writer = JSONWriter()
  private let metaID: (MediaID) throws -> String

  init(metaID: @escaping (MediaID) throws -> String) { self.metaID = metaID }

  consuming func finish() -> [UInt8] { writer.finish() }

  mutating func text(_ body: String, previewURL: Bool?) {
    writer.beginObject()
    member("body", body)
    if let previewURL {
      writer.key("preview_url")
      writer.bool(previewURL)
    }
    writer.endObject()
  }

  mutating func medium(_ medium: MessageMedia) throws {
    writer.beginObject()
    if let id = medium.mediaID { member("id", try metaID(id)) }
    if let link = medium.link { member("link", link) }
    if let caption = medium.caption { member("caption", caption) }
    if let filename = medium.filename { member("filename", filename) }
    if medium.isVoice == true {
      writer.key("voice")
      writer.bool(true)
    }
    writer.endObject()
  }

  mutating func location(_ location: MessageLocation) throws {
    writer.beginObject()
    writer.key("latitude")
    try writer.double(location.latitude)
    writer.key("longitude")
    try writer.double(location.longitude)
    if let name = location.name { member("name", name) }
    if let address = location.address { member("address", address) }
    writer.endObject()
  }

  /// An empty emoji takes the reaction back.
  mutating func reaction(_ reaction: MessageReaction) {
    writer.beginObject()
    member("message_id", reaction.metaMessageID ?? "")
    member("emoji", reaction.emoji ?? "")
    writer.endObject()
  }

  /// What is spelled as Meta spells it.
  mutating func value<Value: Encodable>(_ value: Value) throws { try JSONCoder.encode(value, into: &writer) }

  // MARK: Interactive

  mutating func interactive(_ message: InteractiveMessage) throws {
    writer.beginObject()
    member("type", message.type.rawValue)
    if let header = message.header {
      writer.key("header")
      try self.header(header)
    }
    if let body = message.body { words("body", body) }
    if let footer = message.footer { words("footer", footer) }
    writer.key("action")
    try action(message.action, of: message.type)
    writer.endObject()
  }

  private mutating func header(_ header: InteractiveHeader) throws {
    writer.beginObject()
    member("type", header.type.rawValue)
    if let text = header.text { member("text", text) }
    for (name, found) in [("image", header.image), ("video", header.video), ("document", header.document)] {
      guard let found else { continue }
      writer.key(name)
      try medium(found)
    }
    writer.endObject()
  }

  private mutating func words(_ name: String, _ text: InteractiveText) {
    writer.key(name)
    writer.beginObject()
    member("text", text.text)
    writer.endObject()
  }

  private mutating func action(_ action: InteractiveAction, of kind: InteractiveMessage.Kind) throws {
    var action = action
    switch kind {
    case .button: action.buttons = action.buttons?.map { InteractiveButton(type: "reply", reply: $0.reply) }
    case .list: break
    case .ctaURL: action.name = "cta_url"
    case .flow:
      action.name = "flow"
      if action.parameters?.flowMessageVersion == nil { action.parameters?.flowMessageVersion = "3" }
    case .locationRequest: action.name = "send_location"
    }
    try value(action)
  }

  // MARK: Templates

  mutating func template(_ template: TemplateMessage) throws {
    writer.beginObject()
    member("name", template.name)
    writer.key("language")
    writer.beginObject()
    member("code", template.language.code)
    writer.endObject()
    if let components = template.components, !components.isEmpty {
      writer.key("components")
      try value(try TemplateFiles.replacing(components, metaID))
    }
    writer.endObject()
  }

  private mutating func member(_ name: String, _ text: String) {
    writer.key(name)
    writer.string(text)
  }
}
