/// A code somebody tried to verify a number with.
package struct CodeRecord: Sendable, Equatable {
  /// The id of the number's object, or of its entry in the pool.
  package let id: String
  package let phone: PhoneDigits?
  package let code: String
  /// How often it was submitted, done or not.
  package internal(set) var times = 0
  package internal(set) var isAccepted = false
}
