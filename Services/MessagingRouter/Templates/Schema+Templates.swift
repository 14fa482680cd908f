import Store

extension Schema {
  /// Templates as Meta has them, what happened to them, and when each account's list is read again.
  static let templates = Migration(
    "templates",
    sql: """
      CREATE TABLE templates (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        waba_id TEXT NOT NULL,
        -- Meta's id, known once its answer has come
        meta_id TEXT,
        name TEXT NOT NULL,
        language TEXT NOT NULL,
        -- Meta's words
        category TEXT NOT NULL,
        sub_category TEXT,
        correct_category TEXT,
        -- ours, and Meta's word for it
        status TEXT NOT NULL,
        meta_status TEXT NOT NULL,
        rejected_reason TEXT,
        quality TEXT NOT NULL,
        parameter_format TEXT NOT NULL,
        -- JSON, as Meta gave it
        components BLOB NOT NULL,
        pause_title TEXT,
        pause_description TEXT,
        paused_at INTEGER,
        -- what was asked of Meta and not settled yet: create, edit, delete, unpause; and since when
        effect TEXT,
        effect_at INTEGER,
        -- JSON of the failure of a creation: a repeat under its key gets it
        failure BLOB,
        -- when a webhook or an answer told of it last: an older reading does not overrule that
        told_at INTEGER NOT NULL DEFAULT 0,
        -- due to be read alone
        stale_at INTEGER,
        -- the reading of the whole list that saw it last, by its beginning
        seen_at INTEGER,
        synced_at INTEGER,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        version INTEGER NOT NULL DEFAULT 1
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX templates_by_name ON templates (account_id, waba_id, name, language)
        WHERE status <> 'deleted';
      CREATE UNIQUE INDEX templates_by_meta_id ON templates (account_id, meta_id) WHERE meta_id IS NOT NULL;
      CREATE INDEX templates_listed ON templates (account_id, waba_id, name, language, id);
      CREATE INDEX templates_stale ON templates (stale_at) WHERE stale_at IS NOT NULL;

      CREATE TABLE template_events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        -- made of the webhook's bytes where it was one: each counts once
        id TEXT NOT NULL,
        template_id TEXT NOT NULL REFERENCES templates (id),
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        before TEXT,
        after TEXT,
        reason TEXT,
        details TEXT,
        source TEXT NOT NULL,
        -- 0: told what was known; kept so that a repeat of it cannot undo what came later
        is_change INTEGER NOT NULL,
        at INTEGER NOT NULL,
        UNIQUE (id, template_id)
      ) STRICT;
      CREATE INDEX template_events_by_template ON template_events (template_id, sequence);

      CREATE TABLE template_syncs (
        account_id TEXT NOT NULL,
        waba_id TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        -- of the last one that went through
        synced_at INTEGER,
        -- JSON of TemplateSyncReport
        report BLOB,
        PRIMARY KEY (account_id, waba_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX template_syncs_due ON template_syncs (due_at);
      CREATE INDEX IF NOT EXISTS replica_senders_by_waba ON replica_senders (waba_id, account_id);
      """)
}
