import Store

extension Schema {
  /// Pictures, sounds, videos, documents and stickers: what they are here, their bytes in files beside the store.
  static let media = Migration(
    "media",
    sql: """
      CREATE TABLE media (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        sender_id TEXT NOT NULL,
        -- inbound: the message it came with
        message_id TEXT,
        source TEXT NOT NULL CHECK (source IN ('inbound', 'upload')),
        kind TEXT NOT NULL CHECK (kind IN ('audio', 'document', 'image', 'sticker', 'video')),
        mime_type TEXT,
        filename TEXT,
        -- what Meta, or the caller of an upload, says of the bytes; the hash in hex
        expected_bytes INTEGER,
        expected_sha256 TEXT,
        -- of the file, once there is one
        bytes INTEGER,
        sha256 TEXT,
        -- an expired one has lost its file
        state TEXT NOT NULL CHECK (state IN ('waiting', 'available', 'failed', 'expired')),
        error_code TEXT,
        error_message TEXT,
        -- inbound: Meta's id, an address that Meta gave for five minutes, and when
        meta_media_id TEXT,
        meta_url TEXT,
        meta_url_at INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        -- inbound: when it is fetched next; an upload: until when its bytes are awaited
        due_at INTEGER,
        created_at INTEGER NOT NULL,
        available_at INTEGER,
        -- when its file goes
        expires_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX media_due ON media (source, due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX media_expiring ON media (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX media_by_file ON media (sha256) WHERE sha256 IS NOT NULL;
      CREATE INDEX media_by_message ON media (message_id) WHERE message_id IS NOT NULL;
      CREATE INDEX media_by_account ON media (account_id, id);
      -- copies at Meta, of a number each: Meta keeps them for 30 days
      CREATE TABLE media_uploads (
        media_id TEXT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
        phone_number_id TEXT NOT NULL,
        meta_media_id TEXT NOT NULL,
        uploaded_at INTEGER NOT NULL,
        PRIMARY KEY (media_id, phone_number_id)
      ) STRICT, WITHOUT ROWID;
      -- the key that signs links to media, sealed
      CREATE TABLE link_keys (
        id TEXT PRIMARY KEY,
        secret TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      -- what is on the disk, each content once, and how much that is
      CREATE TABLE media_files (
        sha256 TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE media_totals (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        files INTEGER NOT NULL,
        bytes INTEGER NOT NULL
      ) STRICT;
      INSERT INTO media_totals (id, files, bytes) VALUES (1, 0, 0);
      CREATE TRIGGER media_file_kept AFTER INSERT ON media_files
      BEGIN
        UPDATE media_totals SET files = files + 1, bytes = bytes + NEW.bytes;
      END;
      CREATE TRIGGER media_file_gone AFTER DELETE ON media_files
      BEGIN
        UPDATE media_totals SET files = files - 1, bytes = bytes - OLD.bytes;
      END;
      -- files that may have lost their last row: looked at again, then removed
      CREATE TABLE media_dropped_files (
        sha256 TEXT PRIMARY KEY
      ) STRICT, WITHOUT ROWID;
      """)
}
