import Contracts
import Store

/// A medium as it is stored.
struct MediaRow: Sendable {
  var id: MediaID
  var account: String
  var sender: SenderID
  var message: MessageID?
  var source: Media.Source
  var kind: Media.Kind
  var mimeType: String?
  var filename: String?
  var expectedBytes: Int?
  var expectedSHA256: String?
  var bytes: Int?
  /// Names its file.
  var sha256: String?
  var state: Media.State
  var error: Media.Failure?
  var metaMediaID: String?
  var metaURL: String?
  var metaURLAt: Int64?
  var attempts: Int
  var dueAt: Int64?
  var createdAt: Int64
  var availableAt: Int64?
  var expiresAt: Int64?

  private static let columns = """
    id, account_id, sender_id, message_id, source, kind, mime_type, filename, expected_bytes, expected_sha256, bytes,
    sha256, state, error_code, error_message, meta_media_id, meta_url, meta_url_at, attempts, due_at, created_at,
    available_at, expires_at
    """

  /// Of an account, for calls and for what is to be sent.
  static func find(id: MediaID, account: String, _ connection: Connection) throws -> MediaRow? {
    try connection.first(
      "SELECT \(columns) FROM media WHERE id = ? AND account_id = ?", id.text, account, map: Self.init)
  }

  /// Whosever it is: for workers, and for whoever has a link.
  static func find(id: MediaID, _ connection: Connection) throws -> MediaRow? {
    try connection.first("SELECT \(columns) FROM media WHERE id = ?", id.text, map: Self.init)
  }

  private init(_ row: Row) throws {
    id = MediaID(trusted: try row.text(0))
    account = try row.text(1)
    sender = SenderID(trusted: try row.text(2))
    message = try row.optionalText(3).map { MessageID(trusted: $0) }
    source = Media.Source(rawValue: try row.text(4)) ?? .inbound
    kind = Media.Kind(rawValue: try row.text(5)) ?? .document
    mimeType = try row.optionalText(6)
    filename = try row.optionalText(7)
    expectedBytes = try row.optionalInt(8)
    expectedSHA256 = try row.optionalText(9)
    bytes = try row.optionalInt(10)
    sha256 = try row.optionalText(11)
    state = Media.State(rawValue: try row.text(12)) ?? .failed
    let message = try row.optionalText(14) ?? ""
    error = try row.optionalText(13).map { Media.Failure(code: $0, message: message) }
    metaMediaID = try row.optionalText(15)
    metaURL = try row.optionalText(16)
    metaURLAt = try row.optionalInt64(17)
    attempts = try row.int(18)
    dueAt = try row.optionalInt64(19)
    createdAt = try row.int64(20)
    availableAt = try row.optionalInt64(21)
    expiresAt = try row.optionalInt64(22)
  }

  /// The media type without parameters, lower case.
  var essence: String? { mimeType.map(MediaType.essence) }
}
