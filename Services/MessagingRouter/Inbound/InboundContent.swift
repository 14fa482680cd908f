import Contracts
import Crypto
import GraphAPI
import JSON

/// What a message of a customer, or of a person in the business's app, carries: made when the webhook's body is parsed,
/// so that the store's writer has only to store it.
struct InboundContent: Sendable {
  /// The words that people see.
  var text: String?
  /// Nil when there is nothing beside words.
  var content: MessageContent?
  /// What Meta calls the media of this message.
  var media: InboundMediaReference?
  /// Meta's id of the message that this one is about: a reaction's, an edit's, a removal's.
  var subject: String?
  /// The customer's new keys, where Meta tells of them.
  var newIdentity: NewIdentity?
  /// What the words are when they are a keyword: true to stop marketing messages, false to have them again.
  var wish: Bool?
  /// `content` as JSON, unless something has to be looked up first.
  private(set) var encoded: [UInt8]?

  /// Bytes of words and of `content` that are kept: far more than WhatsApp takes. Meta's JSON beside them is whole.
  static let longestWords = 32 << 10
  static let longestContent = 256 << 10

  /// What the customer says for an assistant to answer: words that are theirs, not Meta's notice of something.
  var asksSomething: Bool {
    guard let text, newIdentity == nil, content?.system == nil, content?.revision == nil else { return false }
    // A blank text asks nothing.
    return !MessageText.isBlank(text)
  }

  init(type: String, node: JSONNode, context: WebhookContext?, keywords: OptOutKeywords? = nil) {
    var content = MessageContent()
    read(type, node[type], &content)
    if let keywords, let text, ["text", "button", "interactive"].contains(type) { wish = keywords.meaning(of: text) }
    if let problem = node["errors"]?.firstElement {
      content.problem = MetaProblem(
        code: problem["code"]?.int64.flatMap { Int($0) }, title: problem["title"]?.string,
        details: problem["error_data"]?["details"]?.string ?? problem["message"]?.string)
    }
    content.referral = node["referral"].flatMap(AdReferral.init)
    if let context {
      if context.isForwarded { content.isForwarded = true }
      if context.catalogID != nil || context.productRetailerID != nil {
        content.product = ReferredProduct(catalogID: context.catalogID, productRetailerID: context.productRetailerID)
      }
    }
    if content == MessageContent() { return }
    let json = content.json
    if let json, json.count > Self.longestContent {
      content = content.fitting(Self.longestContent)
      encoded = subject == nil ? content.json : nil
    } else if subject == nil {
      encoded = json
    }
    self.content = content
  }

  /// What it carries, with our id of the message that it is about.
  func content(about message: String?) -> MessageContent {
    var content = content ?? MessageContent()
    let id = message.map { MessageID(trusted: $0) }
    content.reaction?.messageID = id
    content.revision?.messageID = id
    return content
  }

  private mutating func read(_ type: String, _ node: JSONNode?, _ content: inout MessageContent) {
    guard let node else { return }
    switch type {
    case "text": text = words(node["body"])
    case "image": content.image = readMedia(node)
    case "video": content.video = readMedia(node)
    case "sticker": content.sticker = readMedia(node)
    case "audio": content.audio = readMedia(node)
    case "document": content.document = readMedia(node)
    case "location": content.location = MessageLocation(node)
    case "contacts": content.contacts = ContactCard.all(node)
    case "reaction":
      subject = node["message_id"]?.webhookText
      content.reaction = MessageReaction(emoji: node["emoji"]?.string, metaMessageID: subject)
    case "button":
      text = words(node["text"])
      content.button = ButtonReply(payload: node["payload"]?.webhookText, text: text)
    case "interactive":
      content.reply = InteractiveReply(node)
      text = content.reply?.words.map(Self.cut)
    case "order":
      text = words(node["text"])
      content.order = MessageOrder(node)
    case "system":
      text = words(node["body"])
      content.system = SystemNotice(node)
      newIdentity = NewIdentity(node)
    case "edit", "revoke": content.revision = readRevision(type, node)
    default: return
    }
  }

  private mutating func readMedia(_ node: JSONNode) -> MessageMedia {
    let caption = words(node["caption"])
    text = caption
    let media = MessageMedia(
      caption: caption, filename: node["filename"]?.string, isVoice: node["voice"]?.bool,
      mimeType: node["mime_type"]?.string, sha256: node["sha256"]?.string.map(Self.hex),
      isAnimated: node["animated"]?.bool)
    if let id = node["id"]?.webhookText {
      self.media = InboundMediaReference(metaMediaID: id, url: node["url"]?.string, sha256: node["sha256"]?.string)
    }
    return media
  }

  private mutating func readRevision(_ type: String, _ node: JSONNode) -> MessageRevision {
    subject = node["original_message_id"]?.webhookText
    let message = node["message"]
    let kind = message?["type"]?.string ?? "text"
    text = words(message?[kind]?["body"]) ?? words(message?[kind]?["caption"])
    return MessageRevision(kind: type, metaMessageID: subject, text: text)
  }

  private func words(_ node: JSONNode?) -> String? { node?.string.map(Self.cut) }

  /// The beginning, where something is longer than anything that people write.
  private static func cut(_ words: String) -> String {
    if words.utf8.count <= longestWords { return words }
    var end = words.utf8.index(words.startIndex, offsetBy: longestWords)
    while end.samePosition(in: words.unicodeScalars) == nil { end = words.utf8.index(before: end) }
    return String(words[..<end])
  }

  /// Meta spells the hash in Base64; hex is left as it is.
  private static func hex(_ hash: String) -> String {
    guard let bytes = Base64.decode(hash), bytes.count == 32 else { return hash }
    return Hex.encode(bytes)
  }
}

/// What Meta calls the media of a message.
struct InboundMediaReference: Sendable {
  var metaMediaID: String
  /// The webhook's own, where it has one.
  var url: String?
  /// Meta's spelling of it.
  var sha256: String?
}

extension MessageContent {
  /// As it is stored. Values made here always have a JSON; a failure would only cost what is beside the words.
  var json: [UInt8]? {
    do throws(JSONEncodingFailure) { return try JSONCoder.encode(self) } catch { return nil }
  }

  /// With fewer cards and items, until its JSON has at most `bytes`; without everything when that is not what is long.
  func fitting(_ bytes: Int) -> MessageContent {
    var content = self
    while let size = content.json?.count, size > bytes {
      if let cards = content.contacts, !cards.isEmpty {
        content.contacts = Array(cards.prefix(cards.count / 2))
      } else if let items = content.order?.items, !items.isEmpty {
        content.order?.items = Array(items.prefix(items.count / 2))
      } else {
        return MessageContent()
      }
    }
    return content
  }

  /// The media it carries, of whichever kind.
  var media: MessageMedia? {
    get { image ?? video ?? audio ?? document ?? sticker }
    set {
      if image != nil { image = newValue }
      if video != nil { video = newValue }
      if audio != nil { audio = newValue }
      if document != nil { document = newValue }
      if sticker != nil { sticker = newValue }
    }
  }
}
