import Contracts
import Store

/// What happens to media, each step for the state it expects: one that came too late changes nothing.
extension Connection {
  // MARK: Work

  /// Accounts that are looked at for one answer of `dueMedia`.
  private static let accountsAtOnce = 1_000

  /// Inbound media to be fetched at `now`, in turns: first the one of each account that is due longest, then the second
  /// ones, and so on; at most `share` of an account. What is being fetched is among them, so that an account with much
  /// under way comes behind one with nothing.
  func dueMedia(now: Int64, share: Int, limit: Int) throws -> [(id: MediaID, account: String)] {
    // One step through the index for each account, however much it has.
    let accounts = try all(
      """
      WITH RECURSIVE waiting (account) AS (
        SELECT min(account_id) FROM media INDEXED BY media_due_by_account
        WHERE source = 'inbound' AND due_at IS NOT NULL
        UNION ALL
        SELECT (
          SELECT min(account_id) FROM media INDEXED BY media_due_by_account
          WHERE source = 'inbound' AND due_at IS NOT NULL AND account_id > waiting.account)
        FROM waiting WHERE waiting.account IS NOT NULL LIMIT ?2)
      SELECT account, first FROM (
        SELECT account, (
          SELECT min(due_at) FROM media
          WHERE source = 'inbound' AND due_at IS NOT NULL AND account_id = waiting.account) AS first
        FROM waiting WHERE account IS NOT NULL)
      WHERE first <= ?1 ORDER BY first LIMIT ?3
      """, now, Self.accountsAtOnce, limit
    ) { try $0.text(0) }
    var due: [(turn: Int, at: Int64, id: MediaID, account: String)] = []
    for account in accounts {
      let own = try all(
        """
        SELECT id, due_at FROM media
        WHERE source = 'inbound' AND account_id = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?
        """, account, now, share
      ) { (MediaID(trusted: try $0.text(0)), try $0.int64(1)) }
      for (turn, (id, at)) in own.enumerated() { due.append((turn, at, id, account)) }
    }
    return due.sorted { ($0.turn, $0.at) < ($1.turn, $1.at) }.prefix(limit).map { ($0.id, $0.account) }
  }

  /// The next moment after `now` at which one falls due.
  func nextMediaDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM media WHERE source = 'inbound' AND due_at > ?", now) {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// Tries again later; what went wrong is shown meanwhile. The address of the webhook is not tried again.
  func postponeMedia(_ row: MediaRow, until due: Int64, _ failure: Media.Failure) throws {
    try execute(
      """
      UPDATE media SET attempts = attempts + 1, due_at = ?, meta_url = NULL, error_code = ?, error_message = ?
      WHERE id = ? AND state = 'waiting'
      """, due, failure.code, failure.message, row.id.text)
  }

  /// There will be no bytes.
  func failMedia(_ id: MediaID, _ failure: Media.Failure, expiresAt: Int64) throws {
    try execute(
      """
      UPDATE media
      SET state = 'failed', due_at = NULL, meta_url = NULL, error_code = ?, error_message = ?, expires_at = ?
      WHERE id = ? AND state = 'waiting'
      """, failure.code, failure.message, expiresAt, id.text)
  }

  /// The bytes are here: `file` is in place. False when they are not waited for any more.
  func completeMedia(
    _ id: MediaID, file: IncomingFile.Complete, mimeType: String?, now: Int64, expiresAt: Int64
  ) throws -> Bool {
    try execute(
      """
      UPDATE media
      SET state = 'available', bytes = ?, sha256 = ?, mime_type = coalesce(mime_type, ?), due_at = NULL,
        meta_url = NULL, error_code = NULL, error_message = NULL, available_at = ?, expires_at = ?
      WHERE id = ? AND state = 'waiting'
      """, file.bytes, file.sha256, mimeType, now, expiresAt, id.text)
    guard changes == 1 else { return false }
    try execute(
      "INSERT INTO media_files (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING", file.sha256, file.bytes)
    return true
  }

  // MARK: End

  /// Takes the file from up to `limit` media whose time is over, and from uploads that never came; how many.
  func expireMedia(now: Int64, limit: Int) throws -> Int {
    let ids = try all("SELECT id FROM media WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit) {
      MediaID(trusted: try $0.text(0))
    }
    for id in ids { try expireMedia(id) }
    return ids.count
  }

  /// Takes the file from one; it stays as `expired`, or as `failed` if it was.
  func expireMedia(_ id: MediaID) throws {
    try dropFile(of: id)
    try execute(
      """
      UPDATE media
      SET state = iif(state = 'failed', 'failed', 'expired'), sha256 = NULL, due_at = NULL, expires_at = NULL,
        meta_url = NULL
      WHERE id = ?
      """, id.text)
    try execute("DELETE FROM media_uploads WHERE media_id = ?", id.text)
  }

  /// Forgets one altogether.
  func forgetMedia(_ id: MediaID) throws {
    try dropFile(of: id)
    try execute("DELETE FROM media WHERE id = ?", id.text)
  }

  /// Uploads whose bytes did not come in time; how many.
  func giveUpUploads(now: Int64, expiresAt: Int64, limit: Int) throws -> Int {
    let ids = try all(
      "SELECT id FROM media WHERE source = 'upload' AND due_at <= ? ORDER BY due_at LIMIT ?", now, limit
    ) {
      MediaID(trusted: try $0.text(0))
    }
    let failure = Media.Failure(code: "MEDIA_NOT_UPLOADED", message: "The bytes did not come in time.")
    for id in ids { try failMedia(id, failure, expiresAt: expiresAt) }
    return ids.count
  }

  /// When retention has something to do next.
  func nextMediaEnd() throws -> Int64? {
    let ends = [
      try first("SELECT min(expires_at) FROM media WHERE expires_at IS NOT NULL") { try $0.optionalInt64(0) } ?? nil,
      try first("SELECT min(due_at) FROM media WHERE source = 'upload' AND due_at IS NOT NULL") {
        try $0.optionalInt64(0)
      } ?? nil,
    ]
    return ends.compactMap { $0 }.min()
  }

  private func dropFile(of id: MediaID) throws {
    try execute(
      """
      INSERT INTO media_dropped_files (sha256) SELECT sha256 FROM media WHERE id = ? AND sha256 IS NOT NULL
      ON CONFLICT DO NOTHING
      """, id.text)
  }

  // MARK: Files

  /// Removes up to `limit` files that have no row any more; how many were looked at. One that is just being kept again
  /// stays listed for the next time.
  func removeDroppedFiles(_ files: MediaFiles, after last: String, limit: Int) throws -> [String] {
    let names = try all(
      "SELECT sha256 FROM media_dropped_files WHERE sha256 > ? ORDER BY sha256 LIMIT ?", last, limit
    ) { try $0.text(0) }
    for name in names {
      if try !isMediaFile(name) {
        guard files.remove(name) else { continue }
        try execute("DELETE FROM media_files WHERE sha256 = ?", name)
      }
      try execute("DELETE FROM media_dropped_files WHERE sha256 = ?", name)
    }
    return names
  }

  /// What is on the disk.
  func mediaTotals() throws -> (files: Int, bytes: Int) {
    try first("SELECT files, bytes FROM media_totals") { (try $0.int(0), try $0.int(1)) } ?? (0, 0)
  }

  /// Whether a row has this file.
  func isMediaFile(_ sha256: String) throws -> Bool {
    try first("SELECT 1 FROM media WHERE sha256 = ? LIMIT 1", sha256) { _ in true } ?? false
  }

  /// Lists files without a row for removal; how many there were.
  func dropStrayFiles(_ names: [String]) throws -> Int {
    var count = 0
    for name in names where try !isMediaFile(name) {
      try execute("INSERT INTO media_dropped_files (sha256) VALUES (?) ON CONFLICT DO NOTHING", name)
      count += 1
    }
    return count
  }

  // MARK: Copies at Meta

  /// Meta's id of a copy that will live for a while.
  func mediaUpload(
    _ id: MediaID, account: String, phoneNumberID: String, after moment: Int64
  ) throws -> String? {
    try first(
      """
      SELECT meta_media_id FROM media_uploads
      WHERE media_id = ?1 AND phone_number_id = ?2 AND uploaded_at > ?3
        AND EXISTS (SELECT 1 FROM media WHERE id = ?1 AND account_id = ?4)
      """, id.text, phoneNumberID, moment, account
    ) { try $0.text(0) }
  }

  /// Remembers a copy, unless the medium has gone meanwhile.
  func noteMediaUpload(_ id: MediaID, phoneNumberID: String, metaMediaID: String, at now: Int64) throws {
    try execute(
      """
      INSERT INTO media_uploads (media_id, phone_number_id, meta_media_id, uploaded_at)
      SELECT id, ?, ?, ? FROM media WHERE id = ?
      ON CONFLICT (media_id, phone_number_id)
      DO UPDATE SET meta_media_id = excluded.meta_media_id, uploaded_at = excluded.uploaded_at
      """, phoneNumberID, metaMediaID, now, id.text)
  }

  /// Meta does not know its copy any more: the next send uploads again.
  func forgetMediaUpload(_ id: MediaID, phoneNumberID: String) throws {
    try execute(
      "DELETE FROM media_uploads WHERE media_id = ? AND phone_number_id = ?", id.text, phoneNumberID)
  }
}
