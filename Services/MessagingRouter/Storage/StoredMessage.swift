import Contracts
import Store

/// A message that others have written: a customer, or a person in the business's app. What we send ourselves is a
/// `NewMessage`.
struct StoredMessage: Sendable {
  var id: String
  var account: String
  var sender: SenderID
  var conversation: String
  var direction: Message.Direction
  var type: String
  var status: MessageStatus
  var origin: Message.Origin
  var metaMessageID: String
  var raw: [UInt8]
  /// Meta's time, in milliseconds.
  var providerAt: Int64
  /// Meta's id of the message that it answers.
  var replyToMetaID: String?
  /// Where it stands among the messages; behind all of them when nil.
  var place: Int64?

  /// Stores it with what it carries. What it answers or is about is looked up; its media is handed over. Answers the
  /// JSON of its content as it is stored.
  @discardableResult
  func insert(_ carried: InboundContent?, at now: Int64, _ connection: Connection) throws -> [UInt8]? {
    var content = carried?.encoded
    if let subject = carried?.subject {
      content = carried?.content(about: try find(subject, connection)).json
    }
    try connection.execute(
      """
      INSERT INTO messages (sequence, id, account_id, sender_id, conversation_id, direction, type, text, content, raw,
        status, origin, meta_message_id, reply_to, reply_to_meta_id, provider_at, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, place, id, account, sender.text, conversation, direction.rawValue, type, carried?.text, content, raw,
      status.rawValue, origin.rawValue, metaMessageID, try replyToMetaID.flatMap { try find($0, connection) },
      replyToMetaID, providerAt, now, now)
    guard let carried, let media = carried.media else { return content }
    return try hand(media, over: carried, at: now, connection) ?? content
  }

  /// Gives one that was stored without what it carries the rest.
  func complete(with carried: InboundContent?, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      "UPDATE messages SET type = ?, text = ?, content = ?, raw = ?, updated_at = ? WHERE id = ?", type, carried?.text,
      carried?.encoded, raw, now, id)
    if let carried, let media = carried.media { _ = try hand(media, over: carried, at: now, connection) }
  }

  /// Our id of a message that this number sent or got.
  private func find(_ metaMessageID: String, _ connection: Connection) throws -> String? {
    try connection.first(
      "SELECT id FROM messages WHERE sender_id = ? AND meta_message_id = ?", sender.text, metaMessageID,
      map: { try $0.text(0) })
  }

  /// The one place where media leaves the message for whoever fetches it.
  private func hand(
    _ media: InboundMediaReference, over carried: InboundContent, at now: Int64, _ connection: Connection
  ) throws -> [UInt8]? {
    guard var content = carried.content, let described = content.media else { return nil }
    let mediaID = try InboundMedia.note(
      message: MessageID(trusted: id), account: account, sender: sender, metaMediaID: media.metaMediaID, url: media.url,
      mimeType: described.mimeType, sha256: media.sha256, filename: described.filename, kind: type, at: now, connection)
    content.media?.mediaID = mediaID
    let json = content.json
    try connection.execute("UPDATE messages SET content = ? WHERE id = ?", json, id)
    return json
  }
}
