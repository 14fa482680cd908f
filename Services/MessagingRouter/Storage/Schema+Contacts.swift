import Store

extension Schema {
  /// What is known of contacts beside their keys, what they want to hear of, and what a conversation costs.
  static let contactPreferences = Migration(
    "what contacts want to hear of",
    sql: """
      ALTER TABLE contacts ADD COLUMN username TEXT;
      -- Meta's id across linked portfolios
      ALTER TABLE contacts ADD COLUMN parent_user_id TEXT;
      -- the contact that this one turned out to be: it keeps its id, and nothing else
      ALTER TABLE contacts ADD COLUMN merged_into TEXT REFERENCES contacts (id);
      CREATE INDEX contacts_by_account ON contacts (account_id, id) WHERE merged_into IS NULL;
      -- other keys of a contact: a user id that Meta has renewed, another spelling of the number
      CREATE TABLE contact_aliases (
        account_id TEXT NOT NULL,
        portfolio_id TEXT NOT NULL,
        key TEXT NOT NULL,
        contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
        PRIMARY KEY (account_id, portfolio_id, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX contact_aliases_by_contact ON contact_aliases (contact_id);
      CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;
      -- the conversation that has the messages of this one now
      ALTER TABLE conversations ADD COLUMN merged_into TEXT REFERENCES conversations (id);
      CREATE INDEX conversations_merged ON conversations (merged_into) WHERE merged_into IS NOT NULL;
      -- what people wrote in the business's app
      CREATE INDEX messages_by_app ON messages (conversation_id, provider_at) WHERE origin = 'app';
      -- until then messages cost nothing: a price, never a permission
      ALTER TABLE conversations ADD COLUMN free_entry_expires_at INTEGER;
      -- an advertisement brought the customer at this moment, and no answer has been sent yet
      ALTER TABLE conversations ADD COLUMN referred_at INTEGER;

      -- what a contact wants now, by category
      CREATE TABLE contact_preferences (
        contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
        category TEXT NOT NULL,
        account_id TEXT NOT NULL,
        is_opted_out INTEGER NOT NULL,
        -- whose word it was: user_preferences, send_error, keyword, operator
        source TEXT NOT NULL,
        -- Meta's time, or ours
        said_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (contact_id, category)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX contact_preferences_by_account ON contact_preferences (account_id, category, is_opted_out, contact_id);
      -- every word that was said about it, the repeated ones once
      CREATE TABLE contact_preference_changes (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
        category TEXT NOT NULL,
        is_opted_out INTEGER NOT NULL,
        source TEXT NOT NULL,
        -- the sender whose webhook or message it was
        sender_id TEXT,
        -- our id of the message that said so, or that Meta refused
        message_id TEXT,
        -- Meta's words, the operator's note
        detail TEXT,
        -- who changed it, where it was a call
        actor TEXT,
        said_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (contact_id, category, source, is_opted_out, said_at)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX contact_preference_changes_by_contact ON contact_preference_changes (contact_id, id);
      """)
}
