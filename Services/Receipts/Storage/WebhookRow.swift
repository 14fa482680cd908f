import Contracts
import Crypto
import JSON
import Store

/// Where events go, what they are signed with, and how it went so far.
struct WebhookRow: Sendable {
  var id: WebhookID
  var account: AccountID
  var kind: Webhook.Kind
  var sender: SenderID?
  /// Another URL begins anew: what was held against the old one is of the past. That of one that is paused is what its
  /// resumption goes by.
  var url: String? {
    didSet { if url != oldValue, pause == nil { health.restart() } }
  }
  var description: String?
  var eventTypes: [PlatformEvent.Kind]?
  /// A JSON array of `WebhookHeader`, sealed.
  var sealedHeaders: String?
  var isOrdered = false
  var maxPerSecond: Double?
  var maxConcurrency: Int?
  var retrySchedule: String?
  var sealedSecret: String
  var secretFingerprint: String
  var previous: PreviousSecret?
  var pause: Webhook.Pause?
  var failingSince: Int64?
  var failures = 0
  var lastFailureAt: Int64?
  var told = 0
  var toldAt: Int64?
  var lastSuccessAt: Int64?
  var version: Int64 = 1
  var createdAt: Int64
  var updatedAt: Int64

  /// The secret before the last rotation.
  struct PreviousSecret: Sendable, Equatable {
    var sealed: String
    var fingerprint: String
    var until: Int64
  }

  private static let columns = """
    id, account_id, kind, sender_id, url, description, event_types, headers, is_ordered, max_per_second,
    max_concurrency, retry_schedule, secret, secret_fingerprint, previous_secret, previous_fingerprint, previous_until,
    pause_reason, paused_at, failing_since, failures, told, last_success_at, version, created_at, updated_at,
    last_failure_at, told_at
    """

  /// What a sealed column is bound to.
  static func binding(_ id: WebhookID, column: String = "secret") -> String { "webhooks.\(column):\(id)" }

  /// The receipts webhook of a sender.
  static func find(sender: SenderID, account: String, _ connection: Connection) throws -> WebhookRow? {
    try connection.first(
      """
      SELECT \(columns) FROM webhooks
      WHERE sender_id = ? AND account_id = ? AND kind = 'receipts' AND deleted_at IS NULL
      """, sender.text, account, map: Self.init)
  }

  /// One of the account's, of either kind.
  static func find(_ id: WebhookID, account: String, _ connection: Connection) throws -> WebhookRow? {
    try connection.first(
      "SELECT \(columns) FROM webhooks WHERE id = ? AND account_id = ? AND deleted_at IS NULL", id.text, account,
      map: Self.init)
  }

  /// Whose it is does not matter: for the workers.
  static func find(_ id: WebhookID, _ connection: Connection) throws -> WebhookRow? {
    try connection.first(
      "SELECT \(columns) FROM webhooks WHERE id = ? AND deleted_at IS NULL", id.text, map: Self.init)
  }

  /// A page of the account's, newest first.
  static func list(account: String, before: WebhookID?, limit: Int, _ connection: Connection) throws -> [WebhookRow] {
    // `~` sorts after every identifier.
    try connection.all(
      """
      SELECT \(columns) FROM webhooks INDEXED BY webhooks_by_account
      WHERE account_id = ? AND id < ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?
      """, account, before?.text ?? "~", limit, map: Self.init)
  }

  /// The endpoints of an account: few, an account may have `mostEndpoints`.
  static func endpoints(account: String, _ connection: Connection) throws -> [WebhookRow] {
    try connection.all(
      """
      SELECT \(columns) FROM webhooks INDEXED BY webhooks_endpoints
      WHERE account_id = ? AND kind = 'endpoint' AND deleted_at IS NULL LIMIT ?
      """, account, mostEndpoints, map: Self.init)
  }

  /// Endpoints of one account; each of its events is looked at for each of them.
  static let mostEndpoints = 50

  func insert(_ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO webhooks (id, account_id, kind, sender_id, secret, secret_fingerprint, url, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, id.text, account.text, kind.rawValue, sender?.text, sealedSecret, secretFingerprint, url, createdAt,
      updatedAt)
    try update(connection)
  }

  /// Stores everything that a person may change, and with another URL how it went (see `url`).
  func update(_ connection: Connection) throws {
    let isElsewhere = try connection.first(
      "SELECT url IS NOT ? FROM webhooks WHERE id = ? AND state = 'active'", url, id.text, map: { try $0.bool(0) })
    if isElsewhere ?? false { try storeHealth(connection) }
    try connection.execute(
      """
      UPDATE webhooks SET url = ?, description = ?, event_types = ?, headers = ?, is_ordered = ?, max_per_second = ?,
        max_concurrency = ?, retry_schedule = ?, secret = ?, secret_fingerprint = ?, previous_secret = ?,
        previous_fingerprint = ?, previous_until = ?, state = ?, pause_reason = ?, paused_at = ?, version = ?,
        updated_at = ?
      WHERE id = ?
      """, url, description, try eventTypes.map { String(decoding: try JSONCoder.encode($0), as: UTF8.self) },
      sealedHeaders, isOrdered, maxPerSecond, maxConcurrency, retrySchedule, sealedSecret, secretFingerprint,
      previous?.sealed, previous?.fingerprint, previous?.until,
      (pause == nil ? Webhook.State.active : .paused).rawValue, pause?.reason.rawValue, pause?.at.milliseconds, version,
      updatedAt, id.text)
  }

  /// Whether an event is for it. A receipts webhook gets the steps of its sender's messages, and nothing else.
  func wants(_ type: PlatformEvent.Kind, of sender: SenderID?) -> Bool {
    if url == nil { return false }
    switch kind {
    case .receipts: return type == .messageStatus && sender == self.sender
    case .endpoint:
      if let own = self.sender, own != sender { return false }
      return eventTypes?.contains(type) ?? true
    }
  }

  init(
    id: WebhookID, account: AccountID, kind: Webhook.Kind, sender: SenderID?, url: String?, sealedSecret: String,
    secretFingerprint: String, createdAt: Int64
  ) {
    self.id = id
    self.account = account
    self.kind = kind
    self.sender = sender
    self.url = url
    self.sealedSecret = sealedSecret
    self.secretFingerprint = secretFingerprint
    self.createdAt = createdAt
    updatedAt = createdAt
  }

  private init(_ row: Row) throws {
    id = WebhookID(trusted: try row.text(0))
    account = AccountID(trusted: try row.text(1))
    kind = Webhook.Kind(rawValue: try row.text(2)) ?? .endpoint
    sender = try row.optionalText(3).map { SenderID(trusted: $0) }
    url = try row.optionalText(4)
    description = try row.optionalText(5)
    eventTypes = try row.optionalText(6).map { text in
      // A type that this version does not know asks for nothing here, and keeps nobody from the others.
      try JSONCoder.decode([String].self, from: Array(text.utf8)).compactMap(PlatformEvent.Kind.init(rawValue:))
    }
    sealedHeaders = try row.optionalText(7)
    isOrdered = try row.bool(8)
    maxPerSecond = try row.optionalReal(9)
    maxConcurrency = try row.optionalInt(10)
    retrySchedule = try row.optionalText(11)
    sealedSecret = try row.text(12)
    secretFingerprint = try row.text(13)
    if let sealed = try row.optionalText(14) {
      previous = PreviousSecret(
        sealed: sealed, fingerprint: try row.optionalText(15) ?? "", until: try row.optionalInt64(16) ?? 0)
    }
    if let reason = try row.optionalText(17).flatMap(Webhook.Pause.Reason.init(rawValue:)) {
      pause = Webhook.Pause(reason: reason, at: Timestamp(milliseconds: try row.optionalInt64(18) ?? 0))
    }
    failingSince = try row.optionalInt64(19)
    failures = try row.int(20)
    told = try row.int(21)
    lastSuccessAt = try row.optionalInt64(22)
    version = try row.int64(23)
    createdAt = try row.int64(24)
    updatedAt = try row.int64(25)
    lastFailureAt = try row.optionalInt64(26)
    toldAt = try row.optionalInt64(27)
  }
}
