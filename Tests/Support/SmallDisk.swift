/// A file system in memory with little room, mounted on a folder until the last reference goes. Only root may mount.
package final class SmallDisk: Sendable {
  private let path: String

  /// Whether this process may mount.
  package static let isPossible: Bool = {
    guard let folder = try? TemporaryDirectory() else { return false }
    return (try? SmallDisk(at: folder.path, kibibytes: 64)) != nil
  }()

  /// Mounts it on the folder at `path`.
  package init(at path: String, kibibytes: Int) throws {
    self.path = path
    try MountCommand.run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k,mode=0700", "tmpfs", path)
  }

  deinit { try? MountCommand.run("umount", "-l", path) }

  /// From now on nothing in it can be changed.
  package func makeReadOnly() throws { try MountCommand.run("mount", "-o", "remount,ro", path) }
}
