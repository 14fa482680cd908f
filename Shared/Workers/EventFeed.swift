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
    let found = try await read(
      after: try Self.position(position), waitMilliseconds: waitMilliseconds, account: account, context
    ) { after in
      let rows = try await look(after)
      return (rows: rows.map(\.row), through: rows.last?.sequence ?? after, isBehind: false)
    }
    return (found.rows, Self.text(found.through))
  }

  /// The same for callers with positions of their own: `look` answers the rows after a sequence, and up to where it has
  /// looked, which is where the next look begins. One that found nothing and has not looked at everything is answered
  /// without a wait: the caller asks again.
  package func read<Row: Sendable>(
    after first: Int64, waitMilliseconds: Int?, account: String, _ context: CallContext,
    look: @Sendable (Int64) async throws -> (rows: [Row], through: Int64, isBehind: Bool)
  ) async throws -> (rows: [Row], through: Int64) {
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
    var after = first
    while true {
      // Taken before looking: a change committed after the look is a newer generation and ends the wait at once.
      let generation = notifier.generation
      let found = try await look(after)
      after = found.through
      if !found.rows.isEmpty || found.isBehind || end.hasPassed { return (found.rows, after) }
      guard await notifier.wait(after: generation, atMost: end.remaining) else { return ([], after) }
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
