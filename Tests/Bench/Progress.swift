import Foundation

/// What a long measurement is at, for people who wait for it.
enum Progress {
  static func tell(_ text: String) {
    FileHandle.standardError.write(Data("  \(text)\n".utf8))
  }
}
