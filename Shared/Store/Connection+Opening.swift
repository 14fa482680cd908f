import CSQLite
import Glibc

extension Connection {
  /// The writer's connection: creates the file if need be, and refuses what cannot be written.
  static func writer(path: String, limits: StoreLimits) throws(StoreFailure) -> Connection {
    try createFile(path)
    let connection = try open(path, limits: limits, cacheKiB: limits.writerCacheKiB)
    guard sqlite3_db_readonly(connection.handle, "main") == 0 else {
      throw StoreFailure(.readOnly, "\(path) cannot be written")
    }
    do {
      try connection.script("PRAGMA journal_mode = WAL")
      // FULL syncs the log at every commit: what was answered survives a power cut, not only a crash.
      try connection.script("PRAGMA synchronous = FULL")
      try connection.script("PRAGMA wal_autocheckpoint = \(checkpointPages(limits, on: path))")
      try connection.script("PRAGMA journal_size_limit = \(limits.journalBytes)")
      if limits.erasesDeleted { try connection.script("PRAGMA secure_delete = ON") }
      if limits.databasePages > 0 { try connection.script("PRAGMA max_page_count = \(limits.databasePages)") }
      // Takes and gives back the write lock: a directory without room for the log shows here, not at the first write.
      try connection.script("BEGIN IMMEDIATE; COMMIT")
    } catch {
      throw connection.explain(error, path: path)
    }
    return connection
  }

  /// On a small disk the log takes an eighth of what is free: one that filled it could not be copied back any more.
  private static func checkpointPages(_ limits: StoreLimits, on path: String) -> Int {
    var disk = statvfs()
    guard statvfs(path, &disk) == 0 else { return limits.checkpointPages }
    let pages = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize)).partialValue / 4_096
    return min(limits.checkpointPages, max(Int(clamping: pages / 8), 100))
  }

  /// A reader's connection to a file the writer has opened.
  static func reader(path: String, limits: StoreLimits) throws(StoreFailure) -> Connection {
    let connection = try open(path, limits: limits, cacheKiB: limits.readerCacheKiB)
    try connection.script("PRAGMA query_only = ON")
    return connection
  }

  private static func open(_ path: String, limits: StoreLimits, cacheKiB: Int) throws(StoreFailure) -> Connection {
    var handle: OpaquePointer?
    // No mutex: a connection is used by one thread at a time.
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE
    let result = sqlite3_open_v2(path, &handle, flags, nil)
    guard result == SQLITE_OK, let handle else {
      let failure = StoreFailure(result, on: handle)
      sqlite3_close_v2(handle)
      throw StoreFailure(failure.code, "\(path): \(failure.message)")
    }
    let connection = Connection(handle: handle, statementCache: limits.statementCache)
    sqlite3_busy_timeout(handle, Int32(limits.busyMilliseconds))
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(limits.valueBytes))
    connection.watchDeadline()
    do {
      // temp_store: a container's root is read-only, so spills must not need a temporary folder.
      try connection.script(
        """
        PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
        PRAGMA temp_store = MEMORY; PRAGMA cache_size = -\(cacheKiB);
        """)
    } catch {
      throw connection.explain(error, path: path)
    }
    return connection
  }

  /// SQLite would create it with the umask's mode; the log and its index take the mode of the database.
  private static func createFile(_ path: String) throws(StoreFailure) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreFailure(errno: errno, opening: path) }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StoreFailure(errno: errno, opening: path) }
    // SQLite takes a file of one byte for an empty one and would write over it; no database is below one small page.
    guard status.st_size == 0 || status.st_size >= 512 else {
      throw StoreFailure(.corrupt, "\(path): \(status.st_size) bytes are no database")
    }
  }

  /// "Unable to open" hides its reason; the system's own error number tells a read-only directory from a missing one.
  private func explain(_ failure: StoreFailure, path: String) -> StoreFailure {
    let reason = sqlite3_system_errno(handle)
    guard failure.code == .cannotOpen, reason != 0 else {
      return StoreFailure(failure.code, "\(path): \(failure.message)", sql: failure.sql)
    }
    return StoreFailure(errno: reason, opening: path)
  }

  private func watchDeadline() {
    let context = Unmanaged.passUnretained(self).toOpaque()  // the handler dies with the handle, which we own
    // Every 10,000 steps of SQLite's machine, about 0.1 ms.
    sqlite3_progress_handler(
      handle, 10_000,
      { context in
        guard let context else { return 0 }
        let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
        guard let deadline = connection.deadline else { return 0 }
        return ContinuousClock.now < deadline ? 0 : 1
      }, context)
  }
}

extension StoreFailure {
  /// A file that could not be opened, by the system's error number.
  init(errno reason: Int32, opening path: String) {
    let code: Code
    switch reason {
    case EACCES, EPERM, EROFS: code = .readOnly
    case ENOSPC, EDQUOT: code = .full
    default: code = .cannotOpen
    }
    self.init(code, "\(path): \(String(cString: strerror(reason)))")
  }
}
