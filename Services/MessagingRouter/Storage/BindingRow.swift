import Contracts
import JSON
import Store

/// Which assistant answers for a sender.
enum BindingRow {
  /// The assistant that is to answer now; nil when none is bound or its answers are switched off.
  static func answering(sender: SenderID, _ connection: Connection) throws -> AssistantID? {
    try connection.first(
      "SELECT assistant_id FROM bindings WHERE sender_id = ? AND ai_enabled = 1 AND assistant_id IS NOT NULL",
      sender.text
    ) { AssistantID(trusted: try $0.text(0)) }
  }

  /// Whose sender this is, as far as this service has heard: of the registry, or when it was bound.
  static func owner(of sender: SenderID, _ connection: Connection) throws -> String? {
    try connection.first(
      """
      SELECT account_id FROM replica_senders WHERE sender_id = ?1
      UNION ALL
      SELECT account_id FROM bindings WHERE sender_id = ?1
      LIMIT 1
      """, sender.text
    ) { try $0.text(0) }
  }

  static func find(sender: SenderID, _ connection: Connection) throws -> MessagingRouterAPI.Binding {
    try connection.first("SELECT assistant_id, ai_enabled FROM bindings WHERE sender_id = ?", sender.text) { row in
      MessagingRouterAPI.Binding(
        senderID: sender, assistantID: try row.optionalText(0).map { AssistantID(trusted: $0) },
        aiEnabled: try row.bool(1))
    } ?? MessagingRouterAPI.Binding(senderID: sender, assistantID: nil, aiEnabled: false)
  }

  /// Those of many senders in one query, in the order asked for; senders of other accounts are left out.
  static func all(
    of senders: [SenderID], account: String, _ connection: Connection
  ) throws -> [MessagingRouterAPI.Binding] {
    try connection.all(
      """
      SELECT s.value, b.assistant_id, coalesce(b.ai_enabled, 0)
      FROM json_each(?) s
      LEFT JOIN bindings b ON b.sender_id = s.value
      LEFT JOIN replica_senders r ON r.sender_id = s.value
      WHERE coalesce(r.account_id, b.account_id, ?2) = ?2
      ORDER BY s.key
      """, String(decoding: try JSONCoder.encode(senders), as: UTF8.self), account
    ) { row in
      MessagingRouterAPI.Binding(
        senderID: SenderID(trusted: try row.text(0)),
        assistantID: try row.optionalText(1).map { AssistantID(trusted: $0) }, aiEnabled: try row.bool(2))
    }
  }

  /// How many senders an assistant is bound to.
  static func count(of assistant: AssistantID, _ connection: Connection) throws -> Int {
    try connection.first("SELECT count(*) FROM bindings WHERE assistant_id = ?", assistant.text) { try $0.int(0) } ?? 0
  }

  /// Whether anything was ever said about who answers for the sender.
  static func isSet(sender: SenderID, _ connection: Connection) throws -> Bool {
    try connection.first("SELECT 1 FROM bindings WHERE sender_id = ?", sender.text, map: { _ in true }) ?? false
  }

  static func save(_ binding: MessagingRouterAPI.Binding, account: String, at now: Int64, _ connection: Connection)
    throws
  {
    try connection.execute(
      """
      INSERT INTO bindings (sender_id, account_id, assistant_id, ai_enabled, updated_at)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (sender_id) DO UPDATE
      SET assistant_id = excluded.assistant_id, ai_enabled = excluded.ai_enabled, updated_at = excluded.updated_at
      """, binding.senderID.text, account, binding.assistantID?.text, binding.aiEnabled, now)
  }
}
