package import Crypto
import JSON
package import Store
import Synchronization
package import Telemetry
package import Wire

/// Calls with an `Idempotency-Key` whose effect is made outside, between two writes.
///
/// The key is stored with the row that journals the wish, before anything goes out. While the first request runs, a
/// repeat is refused with `IDEMPOTENCY_KEY_IN_USE` and told to come back; afterwards it gets the first answer; and
/// when the first one died half-way, what the owner's row says of it.
package final class KeyedCalls: Sendable {
  /// What the write before the outside call found.
  package enum Beginning<Reply: Sendable, Started: Sendable>: Sendable {
    /// Nothing is to be done outside; this is the answer.
    case ended(Reply)
    /// The wish is journalled in the row that `reference` names.
    case started(reference: String, Started)
  }

  private enum Step<Reply: Sendable, Started: Sendable>: Sendable {
    case answer(Reply)
    case perform(Started)
  }

  private let database: Database
  private let keyring: SealingKeyring
  private let clock: WallClock
  private let maximum: Int
  /// Keys whose first request runs in this process; as many as there are calls.
  private let running = Mutex<Set<[String]>>([])

  /// One for a service. `maximum` bounds the answers that the service keeps.
  package init(
    database: Database, keyring: SealingKeyring, clock: WallClock, keeping maximum: Int = SavedAnswers.maximum
  ) {
    self.database = database
    self.keyring = keyring
    self.clock = clock
    self.maximum = maximum
  }

  /// Does a call once for a key. `begin` journals the wish (what it throws is thrown, and nothing is kept); `perform`
  /// calls the outside and records what came of it; `truth` answers a repeat from the owner's row when the first
  /// request ended without an answer.
  package func once<C: Call, Started: Sendable>(
    _ call: C, _ context: CallContext,
    begin: @escaping @Sendable (Connection) throws -> Beginning<C.Reply, Started>,
    truth: @escaping @Sendable (Connection, _ reference: String) throws -> C.Reply,
    perform: (Started) async throws -> C.Reply
  ) async throws -> C.Reply {
    try await once(
      call, context, stored: { $0 }, restored: { answer, _ in answer }, begin: begin, truth: truth, perform: perform)
  }

  /// The same for an answer that repeats what a row of the owner has: `stored` leaves that out of what is kept, and
  /// `restored` reads it from the row for a repeat. What is deleted there is then not kept here.
  package func once<C: Call, Started: Sendable>(
    _ call: C, _ context: CallContext, stored: @escaping @Sendable (C.Reply) -> C.Reply,
    restored: @escaping @Sendable (C.Reply, Connection) throws -> C.Reply,
    begin: @escaping @Sendable (Connection) throws -> Beginning<C.Reply, Started>,
    truth: @escaping @Sendable (Connection, _ reference: String) throws -> C.Reply,
    perform: (Started) async throws -> C.Reply
  ) async throws -> C.Reply {
    guard let key = try SavedKey(call, context) else {
      switch try await database.write(.prompt, begin) {
      case .ended(let reply): return reply
      case .started(_, let started): return try await perform(started)
      }
    }
    guard running.withLock({ $0.insert(key.identity).inserted }) else { throw CallFailure.idempotencyKeyInUse }
    defer { running.withLock { _ = $0.remove(key.identity) } }
    switch try await first(key, stored: stored, restored: restored, begin: begin, truth: truth) {
    case .answer(let reply): return reply
    case .perform(let started):
      let reply = try await perform(started)
      let answer = try JSONCoder.encode(stored(reply))
      try await database.write { [keyring] connection in try key.finish(answer, connection, keyring) }
      return reply
    }
  }

  private func first<Reply: Codable & Sendable, Started: Sendable>(
    _ key: SavedKey, stored: @escaping @Sendable (Reply) -> Reply,
    restored: @escaping @Sendable (Reply, Connection) throws -> Reply,
    begin: @escaping @Sendable (Connection) throws -> Beginning<Reply, Started>,
    truth: @escaping @Sendable (Connection, String) throws -> Reply
  ) async throws -> Step<Reply, Started> {
    let (keyring, maximum, now) = (keyring, maximum, clock.now)
    return try await database.write { connection in
      switch try key.find(connection, keyring, now: now) {
      case .answer(let bytes): return .answer(try restored(try SavedKey.read(bytes), connection))
      case .begun(let reference): return .answer(try truth(connection, reference))
      case nil: break
      }
      switch try begin(connection) {
      case .ended(let reply):
        try key.keep(try JSONCoder.encode(stored(reply)), connection, keyring, now: now, maximum: maximum)
        return .answer(reply)
      case .started(let reference, let started):
        try key.keep([], reference: reference, connection, keyring, now: now, maximum: maximum)
        return .perform(started)
      }
    }
  }
}
