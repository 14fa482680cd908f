import Store

/// Counts registrations at Meta, of which a number has ten in 72 hours (facts: registration).
struct RegisterGuard: Sendable {
  /// Takes one for the sender's number, or says when the next is free. In the transaction before the call.
  var take: @Sendable (Connection, SenderRow, _ now: Int64) throws -> Int64?

  static let open = RegisterGuard { _, _, _ in nil }
}
