import Foundation
package import Store

/// A folder for one test, removed with everything in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
  /// Its absolute path, without a slash at the end.
  package let path: String

  /// Makes an empty folder with mode 0700.
  package init() throws {
    let parent = FileManager.default.temporaryDirectory
    path = parent.appending(path: "wss-" + UUID().uuidString, directoryHint: .notDirectory).path(percentEncoded: false)
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of `name` inside it.
  package func file(_ name: String) -> String { path + "/" + name }
}

/// A real database in a folder of its own.
package struct TemporaryDatabase: Sendable {
  /// The folder the file lies in.
  package let directory: TemporaryDirectory
  /// The open database.
  package let database: Database

  /// Opens `store.sqlite` in `directory`, or in a new one.
  package init(
    _ migrations: [Migration] = [], limits: StoreLimits = StoreLimits(), in directory: TemporaryDirectory? = nil
  ) throws {
    self.directory = try directory ?? TemporaryDirectory()
    database = try Database(path: self.directory.file("store.sqlite"), migrations: migrations, limits: limits)
  }

  /// Where the file is.
  package var path: String { directory.file("store.sqlite") }
}
