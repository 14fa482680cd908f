import Contracts
import Crypto
import JSON
import Store
import Wire

/// A broadcast as it is stored.
struct BroadcastRow: Sendable {
  /// Its short name among the rows of its recipients.
  var number: Int64
  var account: String
  /// As people see it, without its counts.
  var broadcast: Broadcast
  /// Frozen when it was made, and again when it was started or resumed.
  var template: Template
  var uploads: Int
  /// Meta's best rating of the sender since it was started or resumed.
  var quality: String?
  var watchedFrom: Int64

  private static let columns = """
    number, id, account_id, sender_id, name, template, variables, header_media, state, pause_reason, pause_detail,
    start_at, uploads, rejected, quality, watched_from, created_at, updated_at, started_at, finished_at, version
    """

  var id: BroadcastID { broadcast.id }

  static func find(id: BroadcastID, account: String, _ connection: Connection) throws -> BroadcastRow? {
    try connection.first(
      "SELECT \(columns) FROM broadcasts WHERE id = ? AND account_id = ?", id.text, account, map: Self.init)
  }

  /// Throws `BROADCAST_NOT_FOUND`.
  static func found(id: BroadcastID, account: String, _ connection: Connection) throws -> BroadcastRow {
    guard let row = try find(id: id, account: account, connection) else { throw BroadcastFailures.notFound }
    return row
  }

  /// For this service's own work: whose it is, the row says.
  static func find(number: Int64, _ connection: Connection) throws -> BroadcastRow? {
    try connection.first("SELECT \(columns) FROM broadcasts WHERE number = ?", number, map: Self.init)
  }

  /// A page, newest first.
  static func list(
    account: String, sender: SenderID?, before: Int64, limit: Int, _ connection: Connection
  ) throws -> [BroadcastRow] {
    guard let sender else {
      return try connection.all(
        "SELECT \(columns) FROM broadcasts WHERE account_id = ? AND number < ? ORDER BY number DESC LIMIT ?", account,
        before, limit, map: Self.init)
    }
    return try connection.all(
      """
      SELECT \(columns) FROM broadcasts
      WHERE sender_id = ? AND account_id = ? AND number < ? ORDER BY number DESC LIMIT ?
      """, sender.text, account, before, limit, map: Self.init)
  }

  /// What people see, with its counts.
  func view(_ connection: Connection) throws -> Broadcast {
    var view = broadcast
    view.counts = try BroadcastTally.read(id, state: broadcast.state, connection).counts
    return view
  }

  /// A draft; its number is given by the store.
  static func insert(
    _ call: MessagingRouterAPI.CreateBroadcast, template: Template, account: String, at now: Int64,
    _ connection: Connection
  ) throws -> BroadcastRow {
    let id = BroadcastID(trusted: "brd_" + ULID.make(milliseconds: now))
    try connection.execute(
      """
      INSERT INTO broadcasts (id, account_id, sender_id, name, template_id, template, variables, header_media, state,
        start_at, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'draft', ?, ?, ?)
      """, id.text, account, call.senderID.text, call.name, template.id.text, try JSONCoder.encode(template),
      try JSONCoder.encode(call.variables ?? [:]), try call.headerMedia.map { try JSONCoder.encode($0) },
      call.startAt?.milliseconds, now, now)
    return try found(id: id, account: account, connection)
  }

  /// Stores what may change, under the next version.
  mutating func update(at now: Int64, _ connection: Connection) throws {
    broadcast.version += 1
    broadcast.updatedAt = Timestamp(milliseconds: now)
    let broadcast = broadcast
    try connection.execute(
      """
      UPDATE broadcasts
      SET name = ?, template_id = ?, template = ?, variables = ?, header_media = ?, state = ?, pause_reason = ?,
        pause_detail = ?, start_at = ?, uploads = ?, rejected = ?, quality = ?, watched_from = ?, updated_at = ?,
        started_at = ?, finished_at = ?, version = ?
      WHERE number = ?
      """, broadcast.name, template.id.text, try JSONCoder.encode(template), try JSONCoder.encode(broadcast.variables),
      try broadcast.headerMedia.map { try JSONCoder.encode($0) }, broadcast.state.rawValue,
      broadcast.pauseReason?.rawValue, broadcast.pauseDetail, broadcast.startAt?.milliseconds, uploads,
      broadcast.rejectedLines, quality, watchedFrom, now, broadcast.startedAt?.milliseconds,
      broadcast.finishedAt?.milliseconds, broadcast.version, number)
  }

  /// Takes the template as it is now.
  mutating func freeze(_ template: Template) {
    self.template = template
    broadcast.template = Self.view(template)
  }

  private init(_ row: Row) throws {
    number = try row.int64(0)
    account = try row.text(2)
    template = try JSONCoder.decode(Template.self, from: try row.blob(5))
    broadcast = Broadcast(
      id: BroadcastID(trusted: try row.text(1)), senderID: SenderID(trusted: try row.text(3)), name: try row.text(4),
      template: Self.view(template), variables: try JSONCoder.decode([String: String].self, from: try row.blob(6)),
      headerMedia: try row.optionalBlob(7).map { try JSONCoder.decode(MessageMedia.self, from: $0) },
      state: Broadcast.State(rawValue: try row.text(8)) ?? .paused, counts: BroadcastCounts(),
      rejectedLines: try row.int(13), createdAt: Timestamp(milliseconds: try row.int64(16)),
      updatedAt: Timestamp(milliseconds: try row.int64(17)), version: try row.int64(20))
    broadcast.pauseReason = try row.optionalText(9).flatMap { Broadcast.PauseReason(rawValue: $0) }
    broadcast.pauseDetail = try row.optionalText(10)
    broadcast.startAt = try row.optionalInt64(11).map { Timestamp(milliseconds: $0) }
    broadcast.startedAt = try row.optionalInt64(18).map { Timestamp(milliseconds: $0) }
    broadcast.finishedAt = try row.optionalInt64(19).map { Timestamp(milliseconds: $0) }
    uploads = try row.int(12)
    quality = try row.optionalText(14)
    watchedFrom = try row.int64(15)
  }

  private static func view(_ template: Template) -> BroadcastTemplate {
    BroadcastTemplate(
      templateID: template.id, name: template.name, language: template.language, category: template.category,
      variables: template.variables.map(\.name))
  }
}
