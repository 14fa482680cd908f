import Foundation

extension String {
  /// The whole text of a file; bytes that are not UTF-8 are replaced.
  package init(readingFile path: String) throws {
    self.init(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }
}
