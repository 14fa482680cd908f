import Contracts

/// What one message is to say, in the form it is stored in: Meta's type, its words, and what it carries beside them.
struct OutgoingContent: Sendable, Equatable {
  var type: String
  /// The words that people see in lists and assistants read.
  var text: String?
  var content: MessageContent?

  /// A text.
  init(text: String, previewURL: Bool? = nil) {
    type = "text"
    self.text = text
    content = previewURL.map { MessageContent(previewURL: $0) }
  }

  /// What a request has of content: exactly one kind. Nothing else is checked here.
  init(_ call: MessagingRouterAPI.SendMessage) throws(ContentProblem) {
    var found: [OutgoingContent] = []
    if let text = call.text { found.append(OutgoingContent(text: text, previewURL: call.previewURL)) }
    func add(_ type: String, _ text: String?, _ content: MessageContent) {
      found.append(OutgoingContent(type: type, text: text, content: content))
    }
    if let image = call.image { add("image", image.caption, MessageContent(image: image)) }
    if let video = call.video { add("video", video.caption, MessageContent(video: video)) }
    if let audio = call.audio { add("audio", nil, MessageContent(audio: audio)) }
    if let document = call.document { add("document", document.caption, MessageContent(document: document)) }
    if let sticker = call.sticker { add("sticker", nil, MessageContent(sticker: sticker)) }
    if let location = call.location { add("location", location.name, MessageContent(location: location)) }
    if let contacts = call.contacts {
      add("contacts", contacts.first?.name.formattedName, MessageContent(contacts: contacts))
    }
    if let reaction = call.reaction { add("reaction", reaction.emoji, MessageContent(reaction: reaction)) }
    if let interactive = call.interactive {
      add("interactive", interactive.body?.text, MessageContent(interactive: interactive))
    }
    if let template = call.template { add("template", nil, MessageContent(template: template)) }
    guard let first = found.first else {
      throw ContentProblem(.contentRequired, "text", "there is nothing to send: give one of \(Self.kinds)")
    }
    guard found.count == 1 else {
      throw ContentProblem(
        .contentAmbiguous, found[1].type, "\(first.type) is given as well: a message has one of \(Self.kinds)")
    }
    if call.text == nil { try ContentText.absent(call.previewURL, "preview_url", "a message of type \(first.type)") }
    self = first
  }

  /// What is stored.
  init(type: String, text: String?, content: MessageContent?) {
    self.type = type
    self.text = text
    self.content = content
  }

  private static let kinds =
    "text, image, video, audio, document, sticker, location, contacts, reaction, interactive, template"

  /// Every medium it carries, with its kind and its field.
  var media: [(kind: MediumKind, medium: MessageMedia, field: String)] {
    var all: [(kind: MediumKind, medium: MessageMedia, field: String)] = []
    func add(_ kind: MediumKind, _ medium: MessageMedia?, _ field: String) {
      if let medium { all.append((kind, medium, field)) }
    }
    add(.image, content?.image, "image")
    add(.video, content?.video, "video")
    add(.audio, content?.audio, "audio")
    add(.document, content?.document, "document")
    add(.sticker, content?.sticker, "sticker")
    let header = content?.interactive?.header
    add(.image, header?.image, "interactive.header.image")
    add(.video, header?.video, "interactive.header.video")
    add(.document, header?.document, "interactive.header.document")
    return all + TemplateFiles.media(of: content?.template)
  }
}
