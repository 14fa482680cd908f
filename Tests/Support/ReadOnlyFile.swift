/// A file that cannot be written, not even by root, in a folder that can: it is mounted on itself, read-only.
package final class ReadOnlyFile: Sendable {
  private let path: String

  /// Protects the file at `path` until the last reference goes.
  package init(_ path: String) throws {
    self.path = path
    try MountCommand.run("mount", "--bind", path, path)
    try MountCommand.run("mount", "-o", "remount,bind,ro", path)
  }

  deinit { try? MountCommand.run("umount", "-l", path) }
}
