/// Why a file of pair keys cannot be used. The text names the place and never the key.
package struct PairKeysFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The line, counted from 1; nil when the file as a whole is at fault.
  package let line: Int?
  /// What is wrong and what is right.
  package let reason: String

  package var description: String { line.map { "RPC keys, line \($0): \(reason)" } ?? "RPC keys: \(reason)" }
}
