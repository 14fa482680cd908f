import Crypto
package import Wire

/// Reads of rows that are only ever appended: those after a position, and a wait for the next while there are none.
package struct EventFeed: Sendable {
  private let notifier: ChangeNotifier
  private let waiters = FeedWaiters()

  /// `notifier` announces what is appended.
  package init(notifier: ChangeNotifier) { self.notifier = notifier }

  /// Rows after `after`, at once or after at most `waitMilliseconds` (0 to 20,000), and the position to go on from.
  ///
  /// `look` answers the rows after a sequence, each with its own, and throws `unknownPosition` for one beyond the newest.
  package func read<Row: Sendable>(
    after position: String?, waitMilliseconds: Int?, account: String, _ context: CallContext,
    look: @Sendable (Int64) async throws -> [(sequence: Int64, row: Row)]
  ) async throws -> (rows: [Row], position: String) {
    let after = try Self.position(position)
    let wait = waitMilliseconds ?? 0
    guard (0...20_000).contains(wait) else {
      throw CallFailure.invalidArgument("WAIT_OUT_OF_RANGE", "wait_ms: 0 to 20000, not \(wait)", field: "wait_ms")
    }
    if wait > 0 {
      guard waiters.enter(account) else {
        throw CallFailure.resourceExhausted(
          "TOO_MANY_WAITING", "Too many requests of this account wait for events already.", retryAfter: .seconds(1))
      }
    }
    defer { if wait > 0 { waiters.leave(account) } }
    // Answered half a second before the caller stops listening.
    let end = Deadline.after(max(.zero, min(.milliseconds(wait), context.remaining - .milliseconds(500))))
    while true {
      // Taken before looking: a change committed after the look is a newer generation and ends the wait at once.
      let generation = notifier.generation
      let rows = try await look(after)
      if !rows.isEmpty || end.hasPassed {
        return (rows.map(\.row), Self.text(rows.last?.sequence ?? after))
      }
      guard await notifier.wait(after: generation, atMost: end.remaining) else { return ([], Self.text(after)) }
    }
  }

  /// The refusal of a position from before a backup was restored: waiting for it to come again would miss what happens
  /// until then.
  package static var unknownPosition: CallFailure {
    .invalidArgument(
      "POSITION_INVALID", "after: beyond the newest event; begin again without a position", field: "after")
  }

  private static func position(_ text: String?) throws(CallFailure) -> Int64 {
    guard let text else { return 0 }
    guard let bytes = Base64.decodeURLSafe(text), let words = String(validating: bytes, as: UTF8.self),
      words.hasPrefix("e:"), let number = Int64(words.dropFirst(2)), number >= 0
    else {
      throw .invalidArgument("POSITION_INVALID", "after: the position of an earlier answer", field: "after")
    }
    return number
  }

  private static func text(_ position: Int64) -> String { Base64.encodeURLSafe(Array("e:\(position)".utf8)) }
}
