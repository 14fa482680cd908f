/// A field that cannot be taken as it is, with what to do about it.
struct FieldRefusal: Error, Equatable {
  let reason: String
  /// Begins with the field's name.
  let message: String
  let field: String

  init(_ reason: String, _ message: String, field: String) {
    self.reason = reason
    self.message = message
    self.field = field
  }
}
