/// Why a value cannot be written as JSON. Always a mistake in the program: no input leads here unchecked.
package struct JSONEncodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// About where, by wire names; empty at the outermost value.
  package let path: String
  /// What is wrong.
  package let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  package var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}
