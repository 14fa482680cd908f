/// Text that is not a value of its type: says what was expected. The caller adds the field's name.
package struct ValueFailure: Error, Equatable, CustomStringConvertible {
  package let message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}
