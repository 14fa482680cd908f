import Contracts
import Crypto
import Store

/// What a customer sent beside words: noted with its message, fetched at once.
enum InboundMedia {
  /// Notes it, in the transaction that stores the message. `url` is the webhook's own, if it has one; `sha256` is
  /// Meta's, in Base64 or hex. The kind is Meta's type of the message (`image`, `audio`, …); one that Meta adds is kept
  /// as a document.
  static func note(
    message: MessageID, account: String, sender: SenderID, metaMediaID: String, url: String?, mimeType: String?,
    sha256: String?, filename: String?, kind: String, at now: Int64, _ connection: Connection
  ) throws -> MediaID {
    // A URL that is no URL of ours is as good as none; Meta is asked for another.
    let url = url.flatMap { $0.utf8.count <= 8_192 ? $0 : nil }
    let id = "med_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO media (id, account_id, sender_id, message_id, source, kind, mime_type, filename, expected_sha256, state,
        meta_media_id, meta_url, meta_url_at, due_at, created_at)
      VALUES (?, ?, ?, ?, 'inbound', ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?)
      """, id, account, sender.text, message.text, (Media.Kind(rawValue: kind) ?? .document).rawValue, mimeType,
      filename,
      sha256.flatMap(MediaHash.hex), metaMediaID, url,
      url == nil ? nil : now, now, now)
    return MediaID(trusted: id)
  }
}
