import Contracts
import GraphAPI
import JSON
import Store

/// What a stored message says to Meta: its type and the JSON of the member named like it.
struct OutboundBody: Sendable {
  let type: String
  let text: String?
  let content: MessageContent?
  /// Meta's id of the message that it answers.
  let replyTo: String?

  /// Why a body cannot be written.
  enum Failure: Error, Equatable {
    /// A file of ours that Meta has not been given.
    case mediaMissing(MediaID)
    case contentMissing
  }

  /// The columns that `init(_:from:)` reads, of `messages m`.
  static let columns = "m.type, m.text, m.content, m.reply_to_meta_id"

  init(type: String, text: String?, content: MessageContent?, replyTo: String? = nil) {
    self.type = type
    self.text = text
    self.content = content
    self.replyTo = replyTo
  }

  /// Reads `columns`, the first of which stands at `first`.
  init(_ row: Row, from first: Int) throws {
    type = try row.text(first)
    text = try row.optionalText(first + 1)
    content = try row.optionalBlob(first + 2).map { try JSONCoder.decode(MessageContent.self, from: $0) }
    replyTo = try row.optionalText(first + 3)
  }

  /// One message's body.
  static func body(of message: String, _ connection: Connection) throws -> OutboundBody? {
    try connection.first("SELECT \(columns) FROM messages m WHERE m.id = ?", message) { try OutboundBody($0, from: 0) }
  }

  /// Our files that it carries: Meta has to know each before it is sent.
  var mediaIDs: [MediaID] {
    var all: [MediaID] = []
    for (_, medium, _) in outgoing.media {
      if let id = medium.mediaID, !all.contains(id) { all.append(id) }
    }
    return all
  }

  private var outgoing: OutgoingContent { OutgoingContent(type: type, text: text, content: content) }

  /// The message for Meta; `media` gives Meta's ids of our files.
  func message(
    to recipient: MessageRecipient, id: String, media: [MediaID: String] = [:]
  ) throws -> OutgoingMessage {
    OutgoingMessage(
      type: type, body: try json(media: media), recipient: recipient, replyTo: replyTo, callbackData: id)
  }

  /// The JSON of the member that is named like the type.
  func json(media: [MediaID: String] = [:]) throws -> [UInt8] {
    var writer = MetaBodyWriter { id throws(Failure) in
      guard let known = media[id] else { throw .mediaMissing(id) }
      return known
    }
    switch type {
    case "text": writer.text(text ?? "", previewURL: content?.previewURL)
    case "image": try writer.medium(try present(content?.image))
    case "video": try writer.medium(try present(content?.video))
    case "audio": try writer.medium(try present(content?.audio))
    case "document": try writer.medium(try present(content?.document))
    case "sticker": try writer.medium(try present(content?.sticker))
    case "location": try writer.location(try present(content?.location))
    case "contacts": try writer.value(try present(content?.contacts))
    case "reaction": writer.reaction(try present(content?.reaction))
    case "interactive": try writer.interactive(try present(content?.interactive))
    case "template": try writer.template(try present(content?.template))
    default: throw Failure.contentMissing
    }
    return writer.finish()
  }

  private func present<Value>(_ value: Value?) throws(Failure) -> Value {
    guard let value else { throw .contentMissing }
    return value
  }
}
