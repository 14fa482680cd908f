import Store

extension Schema {
  /// Contacts that were met before their portfolio was known, and the ways to find people in all scopes.
  static let scopes = Migration(
    "contacts of scopes that have become one",
    sql: """
      -- scopes that may still have contacts, and the one that they belong to now; empty as a rule
      CREATE TABLE contact_scopes (
        account_id TEXT NOT NULL,
        portfolio_id TEXT NOT NULL,
        former TEXT NOT NULL,
        PRIMARY KEY (account_id, portfolio_id, former)
      ) STRICT, WITHOUT ROWID;
      CREATE TRIGGER contact_scope_known AFTER INSERT ON replica_senders
      WHEN coalesce(NEW.portfolio_id, NEW.waba_id) IS NOT NULL
      BEGIN
        INSERT OR IGNORE INTO contact_scopes (account_id, portfolio_id, former)
        SELECT NEW.account_id, coalesce(NEW.portfolio_id, NEW.waba_id), s.scope
        FROM (SELECT NEW.waba_id AS scope UNION ALL SELECT NEW.sender_id) s
        WHERE s.scope IS NOT NULL AND s.scope <> coalesce(NEW.portfolio_id, NEW.waba_id) AND (\(hasContacts("NEW")));
      END;
      INSERT OR IGNORE INTO contact_scopes (account_id, portfolio_id, former)
      SELECT r.account_id, coalesce(r.portfolio_id, r.waba_id), s.scope
      FROM replica_senders r JOIN (
        SELECT sender_id, waba_id AS scope FROM replica_senders
        UNION ALL SELECT sender_id, sender_id FROM replica_senders
      ) s ON s.sender_id = r.sender_id
      WHERE s.scope IS NOT NULL AND s.scope <> coalesce(r.portfolio_id, r.waba_id) AND (\(hasContacts("r")));

      -- by number in every portfolio
      CREATE INDEX contacts_by_number ON contacts (account_id, phone_number) WHERE phone_number IS NOT NULL;
      CREATE INDEX contact_aliases_by_key ON contact_aliases (account_id, key, contact_id);
      """)

  private static func hasContacts(_ sender: String) -> String {
    let scope = "account_id = \(sender).account_id AND portfolio_id = s.scope"
    return """
      EXISTS (SELECT 1 FROM contacts WHERE \(scope) AND user_id IS NOT NULL)
        OR EXISTS (SELECT 1 FROM contacts WHERE \(scope) AND phone_number IS NOT NULL)
        OR EXISTS (SELECT 1 FROM contact_aliases WHERE \(scope))
      """
  }
}
