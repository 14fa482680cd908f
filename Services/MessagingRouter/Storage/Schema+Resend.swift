import Store

extension Schema {
  /// Messages that may be sent once more, and how often a template's refusals had it read.
  static let resending = Migration(
    "what failed may be sent once more",
    sql: """
      -- 1: its sender asked for it
      ALTER TABLE messages ADD COLUMN may_resend INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE messages ADD COLUMN resent_from TEXT;
      ALTER TABLE messages ADD COLUMN resent_as TEXT;
      -- when Meta's refusals of sends last had it read
      ALTER TABLE templates ADD COLUMN refused_at INTEGER;
      """)
}
