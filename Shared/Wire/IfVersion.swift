import JSON

/// Changes that apply only to the version their caller has seen (optimistic concurrency).
///
/// A call that takes part declares `var ifVersion: Int64?` (`if_version`). Over REST it is the `If-Match` header and
/// nothing else; over RPC it is a field like any other. The owner checks it in the transaction of the change:
///
///     try IfVersion.check(call.ifVersion, current: row.version)
package enum IfVersion {
  /// The field's name on the wire.
  package static let field = "if_version"
  /// The member of a reply that says which version it shows; over REST it is the `ETag`.
  package static let replyField = "version"
  /// Why a change was refused: somebody else was faster. HTTP 412.
  package static let changed = "VERSION_CHANGED"

  /// Stands for `If-Match: *`: any version, but there must be one.
  package static let any: Int64 = 0

  /// Throws `VERSION_CHANGED` unless `expected` is absent or the version that is stored now. Versions count from 1; 0 is
  /// `current` of what does not exist yet.
  package static func check(_ expected: Int64?, current: Int64) throws(CallFailure) {
    guard let expected else { return }
    if expected == any ? current > 0 : expected == current { return }
    throw CallFailure(
      .aborted, changed,
      current == 0
        ? "There is nothing here yet that If-Match could mean."
        : "It is at version \(current), not \(expected): read it again and repeat the change.",
      details: ["version": .integer(current)])
  }
}
