/// Why a document, though JSON, is not the value that was asked for: the field and what to do about it.
package struct JSONDecodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong. Closed: a caller may switch over all of it.
  package enum Kind: Sendable, Equatable {
    /// The bytes are not acceptable JSON; the path is empty.
    case malformed(JSONFailure)
    /// A required member is absent.
    case missing
    /// A value of another kind, `null` included, or a fraction where an integer is due.
    case wrongType
    /// A number of the right kind that does not fit.
    case outOfRange
    /// The value's own type refused it.
    case invalid
  }

  /// The field by its wire names from the decoded node, `items[3].phone`; empty for the node itself.
  package var path: String
  /// What is wrong with it, without the path and without the value: `missing`, `expected string, found number`.
  package let reason: String
  /// What is wrong, for programs.
  package let kind: Kind

  package init(path: String, reason: String, kind: Kind) {
    self.path = path
    self.reason = reason
    self.kind = kind
  }

  package init(_ failure: JSONFailure) {
    self.init(path: "", reason: failure.description, kind: .malformed(failure))
  }

  /// The same failure seen from a node further out: `under("params")` turns `phone` into `params.phone`.
  package func under(_ outer: String) -> JSONDecodingFailure {
    var failure = self
    failure.path = path.isEmpty ? outer : outer + (path.hasPrefix("[") ? "" : ".") + path
    return failure
  }

  package var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}
