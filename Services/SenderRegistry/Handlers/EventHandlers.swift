import Contracts
import Crypto
import Store
import Synchronization
import Transport
import Wire

/// The account's events: as a list for people, as a feed for programs.
struct EventHandlers: Sendable {
  let database: Database
  let notifier: ChangeNotifier
  let waiting: FeedWaiters

  func list(_ call: SenderRegistryAPI.ListEvents, _ context: CallContext) async throws -> Page<AccountEvent> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let before = try PageNumber.before(call.cursor)
    let filter = EventFilter(sender: call.senderID, kind: call.kind, severity: call.severity)
    let rows = try await database.read { connection in
      try connection.events(account: account, filter, before: before, limit: limit + 1)
    }
    return PageNumber.page(rows.map { ($0.sequence, $0.event) }, limit: limit)
  }

  func read(
    _ call: SenderRegistryAPI.ReadEvents, _ context: CallContext
  ) async throws -> SenderRegistryAPI.ReadEvents.Reply {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let after = try Self.position(call.after)
    let wait = call.waitMs ?? 0
    guard (0...20_000).contains(wait) else {
      throw CallFailure.invalidArgument("WAIT_OUT_OF_RANGE", "wait_ms: 0 to 20000, not \(wait)", field: "wait_ms")
    }
    if wait > 0 {
      guard waiting.enter(account) else {
        throw CallFailure.resourceExhausted(
          "TOO_MANY_WAITING", "Too many requests of this account wait for events already.", retryAfter: .seconds(1))
      }
    }
    defer { if wait > 0 { waiting.leave(account) } }
    // Answered half a second before the caller stops listening.
    let end = Deadline.after(max(.zero, min(.milliseconds(wait), context.remaining - .milliseconds(500))))
    while true {
      // Taken before looking: a change committed after the look is a newer generation and ends the wait at once.
      let generation = notifier.generation
      let rows = try await database.read { connection in
        // From before a backup was restored: waiting for it to come again would miss what happens until then.
        guard try after <= connection.lastEventSequence() else {
          throw CallFailure.invalidArgument(
            "POSITION_INVALID", "after: beyond the newest event; begin again without a position", field: "after")
        }
        return try connection.events(account: account, after: after, limit: limit)
      }
      if !rows.isEmpty || end.hasPassed {
        return .init(data: rows.map(\.event), position: Self.text(rows.last?.sequence ?? after))
      }
      guard await notifier.wait(after: generation, atMost: end.remaining) else {
        return .init(data: [], position: Self.text(after))
      }
    }
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

/// Who waits for events: few enough that the replicas of other services always find a place to wait.
final class FeedWaiters: Sendable {
  static let perAccount = 8
  static let inAll = 64

  private let counts = Mutex<[AccountID: Int]>([:])

  /// False when there is no room.
  func enter(_ account: AccountID) -> Bool {
    counts.withLock { counts in
      let all = counts.values.reduce(0, +)
      guard all < Self.inAll, counts[account, default: 0] < Self.perAccount else { return false }
      counts[account, default: 0] += 1
      return true
    }
  }

  func leave(_ account: AccountID) {
    counts.withLock { counts in
      let rest = (counts[account] ?? 1) - 1
      counts[account] = rest > 0 ? rest : nil
    }
  }
}
