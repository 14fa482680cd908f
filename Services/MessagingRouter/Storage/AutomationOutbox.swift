import Contracts
import Crypto
import JSON
import Store

/// What happens here, on its way to `receipts`: written in the transaction that makes it happen, handed over in the
/// order of the commits.
///
/// Rows are only ever appended and, once `receipts` has them, deleted from the front: one worker reads them, so there
/// are no leases, and a thousand events cost one statement to take out.
enum AutomationOutbox {
  static let migration = Migration(
    "one outbox of events for receipts",
    sql: """
      CREATE TABLE event_outbox (
        -- never given twice: what is deleted up to a number is what was handed over up to it
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation_id TEXT,
        -- JSON of HandedEvent
        event BLOB NOT NULL
      ) STRICT;
      -- what receipts will never take: kept aside for a person to look at
      CREATE TABLE event_outbox_refused (
        sequence INTEGER PRIMARY KEY,
        conversation_id TEXT,
        event BLOB NOT NULL,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX event_outbox_refused_by_time ON event_outbox_refused (at);
      INSERT INTO event_outbox (event)
      SELECT CAST('{"status":' || CAST(payload AS TEXT) || '}' AS BLOB)
      FROM receipt_outbox WHERE state = 'ready' ORDER BY due_at, rowid;
      INSERT INTO event_outbox_refused (event, reason, at)
      SELECT CAST('{"status":' || CAST(payload AS TEXT) || '}' AS BLOB), coalesce(last_error, ''), due_at
      FROM receipt_outbox WHERE state = 'dead';
      DROP TABLE receipt_outbox;
      """)

  /// A step of an outbound message.
  static func statusChanged(_ event: StatusEvent, _ connection: Connection) throws {
    var writer = JSONWriter(capacity: 640)
    writer.beginObject()
    writer.key("status")
    try JSONCoder.encode(event, into: &writer)
    writer.endObject()
    try append(writer.finish(), conversation: event.conversationID?.text, connection)
  }

  /// Meta decided on a template, or it was changed. `change` says what: its status, its quality, its category, …;
  /// `before` is nil for what was not known.
  static func templateChanged(
    _ template: TemplateID, name: String, language: String, category: String, status: String, change: String,
    before: String?, after: String?, reason: String? = nil, details: String? = nil, account: AccountID,
    at now: Int64, _ connection: Connection
  ) throws {
    try happened(.templateStatus, account: account, sender: nil, conversation: nil, at: now, connection) { data in
      data.text("template_id", template.text)
      data.text("name", name)
      data.text("language", language)
      data.text("category", category)
      data.text("status", status)
      data.text("change", change)
      data.text("before", before)
      data.text("after", after)
      data.text("reason", reason)
      data.text("details", details)
    }
  }

  /// A broadcast was started, paused, resumed, called off, or is over. Drafts are nobody's trigger.
  static func broadcastChanged(
    _ kind: BroadcastEvent.Kind, of row: BroadcastRow, reason: Broadcast.PauseReason?, detail: String?, actor: String?,
    at now: Int64, _ connection: Connection
  ) throws {
    let type: PlatformEvent.Kind
    switch kind {
    case .created, .uploaded: return
    case .started: type = .broadcastStarted
    case .paused: type = .broadcastPaused
    case .resumed: type = .broadcastResumed
    case .completed: type = .broadcastCompleted
    case .cancelled: type = .broadcastCancelled
    }
    let counts = try JSONCoder.encode(BroadcastTally.read(row.id, state: row.broadcast.state, connection).counts)
    try happened(
      type, account: AccountID(trusted: row.account), sender: row.broadcast.senderID, conversation: nil, at: now,
      connection
    ) { data in
      data.text("broadcast_id", row.id.text)
      data.text("name", row.broadcast.name)
      data.text("template_id", row.template.id.text)
      data.text("state", row.broadcast.state.rawValue)
      data.text("reason", reason?.rawValue)
      data.text("detail", detail)
      data.text("actor", actor)
      data.json("counts", counts)
    }
  }

  /// Appends an event whose `data` is written by `body`, once, in its last form.
  static func happened(
    _ type: PlatformEvent.Kind, account: AccountID, sender: SenderID?, conversation: String?, at now: Int64,
    _ connection: Connection, body: (inout EventData) throws -> Void
  ) throws {
    var data = EventData(capacity: 768)
    data.open("happening")
    data.text("id", "evt_" + ULID.make(milliseconds: now))
    data.text("account_id", account.text)
    data.text("type", type.rawValue)
    if let sender { data.text("sender_id", sender.text) }
    if let conversation { data.text("conversation_id", conversation) }
    data.time("occurred_at", now)
    data.open("data")
    try body(&data)
    data.close()
    data.close()
    try append(data.finish(), conversation: conversation, connection)
  }

  /// Tells `receipts` to forget these conversations: it comes behind everything that was said of them.
  static func erased(_ conversations: [ConversationID], account: AccountID, at now: Int64, _ connection: Connection)
    throws
  {
    let most = HandedEvent.Erasure.mostConversations
    for start in stride(from: 0, to: conversations.count, by: most) {
      let order = HandedEvent.Erasure(
        id: EventID(trusted: "evt_" + ULID.make(milliseconds: now)), accountID: account,
        conversationIDs: Array(conversations[start..<min(start + most, conversations.count)]))
      try append(try JSONCoder.encode(HandedEvent(erasure: order)), conversation: nil, connection)
    }
  }

  private static func append(_ event: [UInt8], conversation: String?, _ connection: Connection) throws {
    try connection.execute(
      "INSERT INTO event_outbox (conversation_id, event) VALUES (?, ?)", conversation, event)
  }
}
