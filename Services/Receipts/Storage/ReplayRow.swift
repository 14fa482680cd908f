import Contracts
import Crypto
import JSON
import Store

/// A replay: what it selects, how far it is.
struct ReplayRow: Sendable {
  var id: ReplayID
  var account: AccountID
  var webhook: WebhookID
  var kind: Replay.Kind
  var selection: ReplaySelection
  var state = Replay.State.running
  var matched: Int
  var isExact: Bool
  var queued = 0
  /// Events after this one are still to be looked at, up to `last`.
  var position: Int64
  var last: Int64
  /// Of a gap: exhausted deliveries up to this one have been looked at.
  var delivery = ""
  var createdAt: Int64
  var endedAt: Int64?

  /// Sorts after every identifier.
  static let everyDelivery = "~"

  private static let columns = """
    id, account_id, webhook_id, kind, selection, state, matched, is_exact, queued, position, last, delivery_id,
    created_at, ended_at
    """

  var view: Replay {
    Replay(
      id: id, kind: kind, webhookID: webhook, selection: selection, state: state, matched: matched, isExact: isExact,
      queued: queued, createdAt: Timestamp(milliseconds: createdAt),
      endedAt: endedAt.map { Timestamp(milliseconds: $0) })
  }

  static func find(_ id: ReplayID, _ connection: Connection) throws -> ReplayRow? {
    try connection.first("SELECT \(columns) FROM replays WHERE id = ?", id.text, map: Self.init)
  }

  static func find(_ id: ReplayID, account: String, _ connection: Connection) throws -> ReplayRow? {
    try connection.first(
      "SELECT \(columns) FROM replays WHERE id = ? AND account_id = ?", id.text, account, map: Self.init)
  }

  static func running(_ kind: Replay.Kind, of webhook: WebhookID, _ connection: Connection) throws -> ReplayRow? {
    try connection.first(
      "SELECT \(columns) FROM replays WHERE webhook_id = ? AND kind = ? AND state = 'running'", webhook.text,
      kind.rawValue, map: Self.init)
  }

  static let listSQL = """
    SELECT \(columns) FROM replays INDEXED BY replays_by_webhook
    WHERE webhook_id = ? AND id < ? ORDER BY id DESC LIMIT ?
    """

  static func list(webhook: WebhookID, before: ReplayID?, limit: Int, _ connection: Connection) throws -> [ReplayRow] {
    try connection.all(listSQL, webhook.text, before?.text ?? "~", limit, map: Self.init)
  }

  static let underWaySQL = """
    SELECT id, webhook_id FROM replays INDEXED BY replays_next WHERE ended_at IS NULL ORDER BY stepped_at LIMIT ?
    """

  /// Those that are not over, the longest untouched first.
  static func underWay(limit: Int, _ connection: Connection) throws -> [(id: ReplayID, webhook: WebhookID)] {
    try connection.all(underWaySQL, limit, limit: limit) {
      (ReplayID(trusted: try $0.text(0)), WebhookID(trusted: try $0.text(1)))
    }
  }

  func insert(_ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO replays (\(Self.columns), stepped_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, id.text, account.text, webhook.text, kind.rawValue, try selectionJSON, state.rawValue, matched, isExact,
      queued, position, last, delivery, createdAt, endedAt, createdAt)
  }

  /// Stores how far it is.
  func update(at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE replays SET selection = ?, state = ?, queued = ?, position = ?, last = ?, delivery_id = ?,
        stepped_at = ?, ended_at = ?
      WHERE id = ?
      """, try selectionJSON, state.rawValue, queued, position, last, delivery, now, endedAt, id.text)
  }

  private var selectionJSON: String {
    get throws { String(decoding: try JSONCoder.encode(selection), as: UTF8.self) }
  }

  init(
    _ selection: ReplaySelection, kind: Replay.Kind, of webhook: WebhookRow, matched: Int, isExact: Bool,
    after position: Int64, through last: Int64, at now: Int64
  ) {
    id = ReplayID(trusted: "rpl_" + ULID.make(milliseconds: now))
    account = webhook.account
    self.webhook = webhook.id
    self.kind = kind
    self.selection = selection
    self.matched = matched
    self.isExact = isExact
    self.position = position
    self.last = last
    createdAt = now
  }

  private init(_ row: Row) throws {
    id = ReplayID(trusted: try row.text(0))
    account = AccountID(trusted: try row.text(1))
    webhook = WebhookID(trusted: try row.text(2))
    kind = Replay.Kind(rawValue: try row.text(3)) ?? .replay
    selection = try JSONCoder.decode(ReplaySelection.self, from: Array(try row.text(4).utf8))
    state = Replay.State(rawValue: try row.text(5)) ?? .running
    matched = try row.int(6)
    isExact = try row.bool(7)
    queued = try row.int(8)
    position = try row.int64(9)
    last = try row.int64(10)
    delivery = try row.text(11)
    createdAt = try row.int64(12)
    endedAt = try row.optionalInt64(13)
  }
}
