import Store

extension Schema {
  /// What a message carries beside words, who wrote it, and what its sending depends on.
  static let messageContents = Migration(
    "contents of messages",
    sql: """
      -- JSON of MessageContent
      ALTER TABLE messages ADD COLUMN content BLOB;
      ALTER TABLE messages ADD COLUMN origin TEXT NOT NULL DEFAULT 'api';
      UPDATE messages SET origin = CASE
        WHEN direction = 'inbound' THEN 'customer' WHEN assistant_id IS NOT NULL THEN 'assistant' ELSE 'api' END;
      -- our id of the message that this one answers, and Meta's, which is known earlier
      ALTER TABLE messages ADD COLUMN reply_to TEXT;
      ALTER TABLE messages ADD COLUMN reply_to_meta_id TEXT;
      -- 0 answers, 1 what a program or a person sends, 2 broadcasts: lower ones go first
      ALTER TABLE messages ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
      -- when it was asked to be sent; the end of its time
      ALTER TABLE messages ADD COLUMN send_at INTEGER;
      ALTER TABLE messages ADD COLUMN expires_at INTEGER;
      ALTER TABLE messages ADD COLUMN template_id TEXT;
      -- of its template: marketing, utility, authentication
      ALTER TABLE messages ADD COLUMN category TEXT;
      ALTER TABLE messages ADD COLUMN broadcast_id TEXT;
      -- JSON of MessagePricing
      ALTER TABLE messages ADD COLUMN pricing BLOB;
      ALTER TABLE messages ADD COLUMN error_next_step TEXT;
      """)
}
