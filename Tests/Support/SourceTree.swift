/// Where the sources of this checkout are, for tests that read them.
package enum SourceTree {
  /// The folder with `Package.swift`.
  package static let root: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)  // Tests/Support/SourceTree.swift
    return parts.joined(separator: "/")
  }()
}
