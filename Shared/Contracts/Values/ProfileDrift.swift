/// A field of the profile that shows something else at Meta than what is set here. Never overwritten silently:
/// setting the field again sends ours, a sync with `adopt` takes Meta's.
package struct ProfileDrift: Codable, Sendable, Equatable {
  /// The field's name; `logo` when the picture is gone.
  package var field: String
  /// What is set here; absent when nothing is. Websites are separated by a space.
  package var ours: String?
  /// What Meta shows; absent when nothing is.
  package var metas: String?
  package var seenAt: Timestamp

  package init(field: String, ours: String?, metas: String?, seenAt: Timestamp) {
    self.field = field
    self.ours = ours
    self.metas = metas
    self.seenAt = seenAt
  }
}

/// Why Meta did not take values of a profile, in its own words.
package struct ProfileRefusal: Codable, Sendable, Equatable {
  /// Meta's error code as text, or a word of ours such as `META_UNREACHABLE`.
  package var code: String
  package var message: String
  /// The field that Meta's words name, where they name one.
  package var field: String?

  package init(code: String, message: String, field: String? = nil) {
    self.code = code
    self.message = message
    self.field = field
  }
}
