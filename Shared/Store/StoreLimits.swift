/// Every limit of a store, each with its reason.
package struct StoreLimits: Sendable {
  /// Writes that may wait. At 10,000 writes/s this is 0.4 s of work: more waiting would only be answered too late.
  package var writeQueue = 4096
  /// Writes in one commit. Beyond this a commit's own work (about 10 µs a row) outweighs the sync it saves.
  package var batch = 256
  /// How long one background write may wait while prompt writes keep coming, in milliseconds. A portion of a backlog
  /// takes some 3 ms, so under full load the backlog gets about a quarter of the writer.
  package var backgroundWaitMilliseconds = 10
  /// How long no prompt write must have come for a background write to go sooner, in microseconds. Callers who were
  /// just answered, and send at once again, are back within it.
  package var promptGapMicroseconds = 2_000
  /// Reading threads. Two cores' worth; each costs a connection's cache while in use.
  package var readers = 2
  /// Reads that may wait for a reader.
  package var readQueue = 1024
  /// Page cache of the writer, in KiB. Filled only as pages are touched, so an idle service pays little.
  package var writerCacheKiB = 2048
  /// Page cache of each reader, in KiB. The kernel's page cache stands behind it.
  package var readerCacheKiB = 1024
  /// Prepared statements kept per connection. A service has fewer than this on its busy paths.
  package var statementCache = 64
  /// Stack of each thread, in KiB. SQLite needs about 100; the rest is for what closures do.
  package var threadStackKiB = 512
  /// How long one write or read closure may keep SQLite busy, in seconds, before it is interrupted.
  package var bodySeconds = 30
  /// How long to wait for a lock another process holds (an operator's shell), in milliseconds.
  package var busyMilliseconds = 5000
  /// Pages in the write-ahead log (4 KiB each) after which a commit copies it back into the database. That commit waits
  /// for the disk, so it should be rare, and pages written again and again are copied once: at 1,000 pages, SQLite's
  /// own default, a send waited 19 ms in the middle and 333 at the 99th percentile, at 4,000 it waits 4 and 25. What a
  /// start has to read again is 16 MiB at most. Less on a disk with little room.
  package var checkpointPages = 4000
  /// Size the write-ahead log is cut back to after a burst, in bytes.
  package var journalBytes = 16 << 20
  /// Largest text, blob or row, in bytes.
  package var valueBytes = 64 << 20
  /// Whether what is deleted is overwritten with zeros, for a store of things that must be gone: deleting then costs as
  /// much as writing did. Otherwise the library's own default decides, which Debian sets to the same.
  package var erasesDeleted = false
  /// Largest database, in pages of 4 KiB; 0 leaves it to the disk.
  package var databasePages = 0

  /// The defaults above.
  package init() {}
}
