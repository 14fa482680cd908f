import Store

extension Schema {
  /// What customers see of a sender. The two triggers keep `due_at` in step with the sender's state whoever changes
  /// it: only profiles of senders that are online have something due.
  static let profile = Migration(
    "profiles, logos, name changes",
    sql: """
      CREATE TABLE profiles (
        sender_id TEXT PRIMARY KEY REFERENCES senders (id),
        -- JSON: what people want, which of it Meta has not taken, what Meta has, where they differ.
        wanted TEXT NOT NULL DEFAULT '{}',
        unsent TEXT NOT NULL DEFAULT '[]',
        metas TEXT NOT NULL DEFAULT '{}',
        drift TEXT NOT NULL DEFAULT '[]',
        is_read INTEGER NOT NULL DEFAULT 0,
        has_picture INTEGER,
        -- JSON: kept here only.
        local TEXT NOT NULL DEFAULT '{}',
        -- JSON: a post that may have reached Meta and whose outcome is not known.
        sending TEXT,
        -- JSON: Meta's words, and the fields they are about.
        refusal TEXT,
        refused_fields TEXT NOT NULL DEFAULT '[]',
        -- Failures to reach Meta in a row.
        tries INTEGER NOT NULL DEFAULT 0,
        push_at INTEGER NOT NULL DEFAULT 0,
        read_at INTEGER NOT NULL DEFAULT 0,
        -- The next moment to look at it; NULL while the sender is not online.
        due_at INTEGER,
        -- Posts that Meta took: a reading made before the last of them is old.
        posts INTEGER NOT NULL DEFAULT 0,
        synced_at INTEGER,
        version INTEGER NOT NULL DEFAULT 1
      ) STRICT;
      CREATE INDEX profiles_due ON profiles (due_at) WHERE due_at IS NOT NULL;

      CREATE TABLE logos (
        sender_id TEXT PRIMARY KEY REFERENCES senders (id),
        sha256 TEXT NOT NULL,
        content_type TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        has_alpha INTEGER NOT NULL,
        uploaded_at INTEGER NOT NULL,
        -- The upload to Meta: its session, whether bytes may have been sent, and the handle it gave.
        upload_id TEXT,
        has_sent INTEGER NOT NULL DEFAULT 0,
        handle TEXT,
        -- Sessions begun anew because Meta did not know the last one any more.
        restarts INTEGER NOT NULL DEFAULT 0,
        image BLOB NOT NULL
      ) STRICT;

      CREATE TABLE name_changes (
        sender_id TEXT PRIMARY KEY REFERENCES senders (id),
        name TEXT NOT NULL,
        step TEXT NOT NULL CHECK (step IN ('asking', 'review', 'registering', 'reading', 'done', 'declined')),
        -- A call of the step may have reached Meta.
        is_started INTEGER NOT NULL DEFAULT 0,
        -- Meta's last_onboarded_time before the number was registered again.
        onboarded_before TEXT,
        tries INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        -- As next_at; NULL while the sender is not online or nothing is left to do.
        due_at INTEGER,
        requested_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX name_changes_due ON name_changes (due_at) WHERE due_at IS NOT NULL;

      CREATE TRIGGER profiles_begin AFTER INSERT ON senders BEGIN
        INSERT INTO profiles (sender_id) VALUES (NEW.id);
      END;
      CREATE TRIGGER profiles_follow_senders AFTER UPDATE OF status, deleted_at ON senders
        WHEN (OLD.status = 'online' AND OLD.deleted_at IS NULL) <> (NEW.status = 'online' AND NEW.deleted_at IS NULL)
      BEGIN
        UPDATE profiles
        SET due_at = CASE WHEN NEW.status = 'online' AND NEW.deleted_at IS NULL THEN NEW.updated_at END,
          push_at = CASE WHEN NEW.status = 'online' THEN NEW.updated_at ELSE push_at END, tries = 0,
          version = version + 1
        WHERE sender_id = NEW.id;
        UPDATE name_changes
        SET due_at = CASE
            WHEN NEW.status = 'online' AND NEW.deleted_at IS NULL AND step NOT IN ('done', 'declined') THEN next_at
          END
        WHERE sender_id = NEW.id;
      END;

      INSERT INTO profiles (sender_id, due_at)
      SELECT id, CASE WHEN status = 'online' AND deleted_at IS NULL THEN 0 END FROM senders;
      """)
}
