/// A job that was given up, kept for people to look at.
package struct BuriedJob: Sendable, Equatable {
  /// The id it was enqueued with.
  package let id: String
  /// The lane it was enqueued with.
  package let lane: String
  /// What was to be done.
  package let payload: [UInt8]
  /// How often it was tried.
  package let attempts: Int
  /// When it was enqueued, in milliseconds since 1970.
  package let createdAt: Int64
  /// Why it was given up.
  package let error: String
}
