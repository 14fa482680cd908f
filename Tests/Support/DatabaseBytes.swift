import Foundation
package import Wire

extension ServiceFiles {
  /// Everything a service's database file and its log hold, as bytes to search in.
  package func databaseBytes(_ service: ServiceName) throws -> DatabaseBytes {
    try DatabaseBytes(directory: dataDirectory(service))
  }
}

/// The bytes of a database, for a test that looks for secrets in them.
package struct DatabaseBytes {
  let bytes: Data

  /// The database files of a directory, journals included.
  package init(directory: String) throws {
    var bytes = Data()
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.contains("sqlite") {
      bytes.append(try Data(contentsOf: URL(filePath: directory + "/" + name)))
    }
    self.bytes = bytes
  }

  /// How many there are.
  package var count: Int { bytes.count }

  /// Whether the UTF-8 of `text` is anywhere in them.
  package func contains(_ text: String) -> Bool { bytes.range(of: Data(text.utf8)) != nil }
}
