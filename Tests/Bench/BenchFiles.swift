import Foundation
import TestSupport

extension ServiceFiles {
  /// Writes `text` to `name` in the folder with mode 0600, as secrets must be; its path.
  func secretFile(_ name: String, _ text: String) throws -> String {
    let path = directory.file(name)
    let contents = Data(text.utf8)
    guard FileManager.default.createFile(atPath: path, contents: contents, attributes: [.posixPermissions: 0o600])
    else { throw BenchFailure("cannot write \(path)") }
    return path
  }
}
