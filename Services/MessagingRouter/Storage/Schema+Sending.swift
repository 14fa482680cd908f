import Store

extension Schema {
  /// What Meta does with a template beside sending it, when a customer's message was marked as read, and the lists of a
  /// sender across its conversations.
  static let sending = Migration(
    "what is sent, across conversations",
    sql: """
      -- held_for_quality_assessment, paused; not the usual accepted
      ALTER TABLE messages ADD COLUMN meta_message_status TEXT;
      -- inbound: when it was marked as read for the customer
      ALTER TABLE messages ADD COLUMN read_at INTEGER;
      CREATE INDEX messages_by_sender ON messages (sender_id, sequence);
      -- only what waits or has not worked out: the way of a message that arrives costs no index
      CREATE INDEX messages_listed ON messages (sender_id, status, sequence)
        WHERE direction = 'outbound' AND status IN ('queued', 'unknown', 'failed', 'expired', 'cancelled');
      CREATE INDEX messages_listed_scheduled ON messages (sender_id, sequence)
        WHERE status = 'queued' AND send_at IS NOT NULL;
      """)
}
