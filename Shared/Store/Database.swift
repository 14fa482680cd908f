import CSQLite

/// One SQLite file: one writer with group commit, a few readers, and the promise that what `write` returned is on disk.
package final class Database: Sendable {
  private let writer: Writer
  private let readers: Readers
  private let limits: StoreLimits

  /// Opens the file at `path` (its directory must exist), creates it with mode 0600 if there is none, and brings it to
  /// the last of `migrations`. With `quickCheck` it first looks for damage, which reads the whole file.
  ///
  /// Throws `.locked`, `.readOnly`, `.corrupt`, `.cannotOpen`, `.full`, `.newerThanBinary`, or a migration's failure.
  package init(
    path: String, migrations: [Migration], limits: StoreLimits = .init(), quickCheck: Bool = false
  ) throws(StoreFailure) {
    self.limits = limits
    let lock = try FileLock(guarding: path)
    let connection = try Connection.writer(path: path, limits: limits)
    if quickCheck { try connection.quickCheck() }
    try connection.migrate(migrations)
    readers = Readers(path: path, lock: lock, limits: limits)
    writer = try Writer(connection, lock: lock, limits: limits)
  }

  deinit { close() }

  /// Runs `body` on the writer's thread and returns when its changes are on disk. Everything that must be durable
  /// together belongs in one call. Other writes share the commit; a throwing `body` undoes its own changes only.
  ///
  /// Once asked for, a write runs even if the task is cancelled meanwhile. Throws `StoreFailure` (`.overloaded` and
  /// `.closed` mean that nothing was done) or what `body` throws.
  package func write<T: Sendable>(
    _ urgency: WriteUrgency = .prompt, _ body: @escaping @Sendable (Connection) throws -> T
  ) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      writer.submit(Job(body, continuation: continuation), as: urgency == .prompt ? .shared : .background)
    }
  }

  /// Runs `body` on a reader: it sees one state of everything committed so far, and cannot change anything.
  ///
  /// Throws `StoreFailure` or what `body` throws.
  package func read<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      readers.submit(Job(body, continuation: continuation))
    }
  }

  /// Copies the write-ahead log into the database and empties it. Throws `.busy` when a long read is in the
  /// way; writes wait for no more than a quarter of a second.
  package func checkpoint() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let job = Job({ [limits] in try $0.checkpoint(limits) }, continuation: continuation)
      writer.submit(job, as: .alone)
    }
  }

  /// Counts since the store was opened.
  package var statistics: StoreStatistics {
    var statistics = writer.statistics
    readers.add(to: &statistics)
    return statistics
  }

  /// Finishes the writes that wait, fails the reads that wait with `.closed`, and closes the file, which empties the
  /// log. Blocks until done, except for the thread it is called on when that is one of its own. Safe to call twice.
  package func close() {
    readers.close()
    writer.close()
  }
}

extension Connection {
  /// Looks for damage in the whole file. Throws `.corrupt`.
  func quickCheck() throws(StoreFailure) {
    let statement = try Statement("PRAGMA quick_check(1)", on: handle)
    defer { statement.finish() }
    let found = try statement.step()?.text(0) ?? "no answer"
    guard found == "ok" else { throw StoreFailure(.corrupt, found) }
  }

  fileprivate func checkpoint(_ limits: StoreLimits) throws(StoreFailure) {
    sqlite3_busy_timeout(handle, Int32(min(250, limits.busyMilliseconds)))
    defer { sqlite3_busy_timeout(handle, Int32(limits.busyMilliseconds)) }
    let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    guard result == SQLITE_OK else { throw StoreFailure(result, on: handle) }
  }
}
