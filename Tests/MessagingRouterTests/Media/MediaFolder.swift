import Foundation

@testable import MessagingRouter

extension MediaFiles {
  /// Every file in a folder of media, by name.
  static func names(below folder: String) throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return paths.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder) && !isFolder.boolValue
    }.map { String($0.split(separator: "/").last ?? "") }
  }
}
