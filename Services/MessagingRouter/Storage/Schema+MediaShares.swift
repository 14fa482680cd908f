import Store

extension Schema {
  /// What is to be fetched, by account.
  static let mediaShares = Migration(
    "media in turns of accounts",
    sql: """
      CREATE INDEX media_due_by_account ON media (account_id, due_at) WHERE source = 'inbound' AND due_at IS NOT NULL;
      """)
}
