import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Ends media whose time is over, and removes files that no row has any more: at the start all of them are looked at,
/// for a process may have ended between a file and its row.
final class MediaRetention: Sendable {
  /// Rows ended in one transaction, and files removed in one.
  static let page = 50
  /// Folders looked at in one step for files without a row.
  private static let folders = 16

  private struct State {
    /// The folder that is looked at next for files without a row; nil when all have been.
    var folder: Int? = 0
    /// Behind which name the removal of files goes on.
    var removed = ""
  }

  private let database: Database
  private let files: MediaFiles
  private let settings: MediaSettings
  private let times: MediaTimes
  private let measures: MediaMeasures
  private let clock: WallClock
  private let log: Log
  private let state = Mutex(State())
  private let work: WorkLoop

  init(
    database: Database, files: MediaFiles, settings: MediaSettings, times: MediaTimes, measures: MediaMeasures,
    loop: EventLoop, clock: WallClock, log: Log
  ) {
    self.database = database
    self.files = files
    self.settings = settings
    self.times = times
    self.measures = measures
    self.clock = clock
    self.log = log
    let box = TurnBox()
    work = WorkLoop("media retention", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func stop() async { await work.stop() }

  /// Media were removed, or the clock was set.
  func wake() { work.wake() }

  private func turn() async throws -> WorkLoop.Next {
    if let folder = state.withLock({ $0.folder }) {
      let next = min(folder + Self.folders, MediaFiles.folders)
      try await sweep(folder..<next)
      state.withLock { $0.folder = next < MediaFiles.folders ? next : nil }
      return .again
    }
    let now = clock.now
    let end = now + settings.retention.milliseconds
    let (ended, given) = try await database.write(.background) { connection in
      (
        try connection.expireMedia(now: now, limit: Self.page),
        try connection.giveUpUploads(now: now, expiresAt: end, limit: Self.page)
      )
    }
    if ended == Self.page || given == Self.page { return .again }
    if try await remove() { return .again }
    let next = try await database.read { try $0.nextMediaEnd() }
    return .at(min(next ?? .max, now + times.sweeping))
  }

  private func sweep(_ folders: Range<Int>) async throws {
    let names = try await OffLoop.run { [files] in folders.flatMap { files.contents(ofFolder: $0) } }
    // One page after the other: a folder of a large store has thousands.
    var start = 0
    while start < names.count {
      let page = Array(names[start..<min(start + 500, names.count)])
      start += page.count
      let strays = try await database.read { connection in try page.filter { try !connection.isMediaFile($0) } }
      guard !strays.isEmpty else { continue }
      let count = try await database.write(.background) { try $0.dropStrayFiles(strays) }
      log.notice("media.stray_files", ["count": .int(count)])
    }
  }

  /// Whether there are more.
  private func remove() async throws -> Bool {
    let position = state.withLock { $0.removed }
    let (looked, totals) = try await database.write(.background) { [files] connection in
      let looked = try connection.removeDroppedFiles(files, after: position, limit: Self.page)
      return (looked, try connection.mediaTotals())
    }
    measures.kept(files: totals.files, bytes: totals.bytes)
    let last = looked.count == Self.page ? looked.last : nil
    state.withLock { $0.removed = last ?? "" }
    return last != nil
  }
}
