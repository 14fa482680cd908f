import Contracts
import Store

/// What was said in a session, within the bounds of an event.
struct Transcript: Sendable {
  struct Entry: Sendable {
    var messageID: String
    var role: String
    var type: String
    var text: String?
    var timestamp: Int64

    func write(_ data: inout EventData) {
      data.text("message_id", messageID)
      data.text("role", role)
      data.text("type", type)
      data.text("text", text)
      data.time("timestamp", timestamp)
    }

    /// What it takes in an event, more or less: control characters grow sixfold, and nobody types those.
    var bytes: Int { 200 + (text?.utf8.count ?? 0) }
  }

  /// Oldest first; of a long session its end.
  var entries: [Entry] = []
  /// Messages of the session, those left out included.
  var count = 0
  var isTruncated = false
  /// The last one that spoke.
  var assistant: String?

  static let mostEntries = 200
  static let mostBytes = 128 << 10

  /// What never reached the customer was not said.
  private static let wasSaid =
    "status NOT IN ('queued', 'failed', 'expired', 'cancelled') AND type NOT IN ('edit', 'revoke')"

  static func read(conversation: String, from first: Int64, _ connection: Connection) throws -> Transcript {
    var transcript = Transcript()
    transcript.count =
      try connection.first(
        "SELECT count(*) FROM messages WHERE conversation_id = ? AND sequence >= ? AND \(wasSaid)", conversation, first
      ) { try $0.int(0) } ?? 0
    var bytes = 0
    try connection.forEach(
      """
      SELECT id, direction, origin, type, text, coalesce(provider_at, created_at), assistant_id
      FROM messages
      WHERE conversation_id = ? AND sequence >= ? AND \(wasSaid)
      ORDER BY sequence DESC LIMIT ?
      """, conversation, first, mostEntries
    ) { row in
      if bytes >= mostBytes { return }
      let type = try row.text(3)
      let entry = Entry(
        messageID: try row.text(0), role: role(origin: try row.text(2), type: type), type: type,
        text: try row.optionalText(4), timestamp: try row.int64(5))
      bytes += entry.bytes
      if bytes >= mostBytes, !transcript.entries.isEmpty { return }
      transcript.entries.append(entry)
      if transcript.assistant == nil { transcript.assistant = try row.optionalText(6) }
    }
    transcript.entries.reverse()
    transcript.isTruncated = transcript.entries.count < transcript.count
    return transcript
  }

  /// Calls of the API are people's doing, or their programs'; broadcasts and Meta's notices are nobody's words.
  private static func role(origin: String, type: String) -> String {
    switch Message.Origin(rawValue: origin) {
    case .customer: type == "system" ? "system" : "user"
    case .assistant: "assistant"
    case .app, .api: "human"
    case .broadcast: "system"
    case nil: "system"
    }
  }
}
