import Crypto
import FoundationEssentials
import Glibc
import Synchronization

/// The bytes of media: a file for each content, found by its SHA-256, however many rows it has.
///
/// A file is written under another name, made durable and moved into place before its row is committed; it is removed
/// after its last row has gone. A process that ends in between leaves a file without a row, which the next start finds,
/// and never a row without a file.
final class MediaFiles: Sendable {
  private let directory: String
  /// Files that are moved into place for rows not committed yet, by how many.
  private let held = Mutex<[String: Int]>([:])

  /// Makes the folders, and empties that of unfinished files: this process owns the data directory.
  init(directory: String) throws(MediaFileFailure) {
    self.directory = directory
    try Self.makeFolder(directory)
    let unfinished = directory + "/incoming"
    try Self.makeFolder(unfinished)
    for name in Self.names(in: unfinished) { unlink("\(unfinished)/\(name)") }
  }

  // MARK: Coming in

  /// A new file to write to.
  func begin(limit: Int, leastFree: Int) throws(MediaFileFailure) -> IncomingFile {
    try IncomingFile(path: temporaryPath(), limit: limit, leastFree: leastFree)
  }

  /// A path that nobody else uses; its file goes at the next start at the latest.
  func temporaryPath() -> String { "\(directory)/incoming/\(Hex.encode(RandomBytes.make(16)))" }

  func removeTemporary(_ path: String) { unlink(path) }

  /// Moves a complete file into place and holds it until `settle`: nobody removes it before its row is committed.
  /// Blocks as the disk does.
  func keep(_ file: IncomingFile.Complete) throws(MediaFileFailure) {
    held.withLock { $0[file.sha256, default: 0] += 1 }
    do throws(MediaFileFailure) {
      try moveIntoPlace(file)
    } catch {
      settle(file.sha256)
      unlink(file.path)
      throw error
    }
  }

  /// The row is committed, or will never be.
  func settle(_ sha256: String) {
    held.withLock { held in
      let count = (held[sha256] ?? 1) - 1
      held[sha256] = count == 0 ? nil : count
    }
  }

  /// Forgets a complete file that is not to be kept.
  func drop(_ file: IncomingFile.Complete) { unlink(file.path) }

  private func moveIntoPlace(_ file: IncomingFile.Complete) throws(MediaFileFailure) {
    let first = "\(directory)/\(file.sha256.prefix(2))"
    let second = "\(first)/\(file.sha256.dropFirst(2).prefix(2))"
    if try Self.makeFolder(first) { try Self.sync(directory) }
    if try Self.makeFolder(second) { try Self.sync(first) }
    // Over a file of the same content, if there is one: it is whole afterwards, whatever it was.
    guard rename(file.path, path(of: file.sha256)) == 0 else { throw .last }
    try Self.sync(second)
  }

  // MARK: Being there

  /// Opens the bytes of a content; nil when there is no such file.
  func open(_ sha256: String) -> StoredFile? { Self.isHash(sha256) ? StoredFile(path: path(of: sha256)) : nil }

  /// Bytes that are left on the disk.
  var free: Int? { DiskSpace.free(at: directory) }

  private func path(of sha256: String) -> String {
    "\(directory)/\(sha256.prefix(2))/\(sha256.dropFirst(2).prefix(2))/\(sha256)"
  }

  // MARK: Going

  /// Removes a file unless a row for it is about to be committed; whether it is gone. Belongs inside `Database.write`,
  /// which has found no row: no other can be committed meanwhile.
  func remove(_ sha256: String) -> Bool {
    guard Self.isHash(sha256) else { return true }
    return held.withLock { held in
      if held[sha256] != nil { return false }
      return unlink(path(of: sha256)) == 0 || errno == ENOENT
    }
  }

  /// How many folders `contents` knows.
  static let folders = 256

  /// The names of the files in one of the folders. Blocks as the disk does.
  func contents(ofFolder number: Int) -> [String] {
    let first = "\(directory)/\(Hex.encode([UInt8(truncatingIfNeeded: number)]))"
    return Self.names(in: first).flatMap { Self.names(in: "\(first)/\($0)") }.filter(Self.isHash)
  }

  // MARK: Folders

  private static func isHash(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Whether it was made now.
  @discardableResult
  private static func makeFolder(_ path: String) throws(MediaFileFailure) -> Bool {
    if mkdir(path, 0o700) == 0 { return true }
    guard errno == EEXIST else { throw .last }
    return false
  }

  /// Makes the names in a folder durable.
  private static func sync(_ folder: String) throws(MediaFileFailure) {
    let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last }
  }

  private static func names(in folder: String) -> [String] {
    // A folder that is not there has nothing in it.
    do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch { return [] }
  }
}
