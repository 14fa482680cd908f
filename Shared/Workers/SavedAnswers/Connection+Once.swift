package import Crypto
import JSON
package import Store
package import Wire

extension Connection {
  /// Does `work` once for an `Idempotency-Key` of an account: a repeat with the same body gets the first answer within
  /// 24 hours, another body is refused. The answer is stored, sealed, in the transaction of the effect; what `work`
  /// throws undoes both. Without a key it is simply done.
  ///
  /// Belongs inside `Database.write`, around everything the call changes; `work` must not call the outside. `maximum`
  /// bounds the answers that the service keeps. Throws `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_USE`,
  /// `IDEMPOTENCY_KEY_INVALID`, or what `work` throws.
  package func once<C: Call>(
    _ call: C, _ context: CallContext, _ keyring: SealingKeyring, now: Int64,
    keeping maximum: Int = SavedAnswers.maximum, _ work: () throws -> C.Reply
  ) throws -> C.Reply {
    try once(call, context, keyring, now: now, keeping: maximum, stored: { $0 }, restored: { $0 }, work)
  }

  /// The same for an answer that repeats what a row of the owner has: `stored` leaves that out of what is kept, and
  /// `restored` reads it from the row for a repeat. What is deleted there is then not kept here.
  package func once<C: Call>(
    _ call: C, _ context: CallContext, _ keyring: SealingKeyring, now: Int64,
    keeping maximum: Int = SavedAnswers.maximum, stored: (C.Reply) -> C.Reply,
    restored: (C.Reply) throws -> C.Reply, _ work: () throws -> C.Reply
  ) throws -> C.Reply {
    guard let key = try SavedKey(call, context) else { return try work() }
    switch try key.find(self, keyring, now: now) {
    case .answer(let bytes): return try restored(try SavedKey.read(bytes))
    case .begun: throw CallFailure.idempotencyKeyInUse
    case nil: break
    }
    let answer = try work()
    try key.keep(try JSONCoder.encode(stored(answer)), self, keyring, now: now, maximum: maximum)
    return answer
  }

  /// The answer that is kept for the call's key, if one is. Throws as `once` does.
  package func savedAnswer<C: Call>(
    _ call: C, _ context: CallContext, _ keyring: SealingKeyring, now: Int64
  ) throws -> C.Reply? {
    guard let key = try SavedKey(call, context) else { return nil }
    switch try key.find(self, keyring, now: now) {
    case .answer(let bytes): return try SavedKey.read(bytes)
    case .begun: throw CallFailure.idempotencyKeyInUse
    case nil: return nil
    }
  }
}

extension CallFailure {
  /// The key was used for another request in the last 24 hours.
  package static var idempotencyKeyReused: CallFailure {
    .alreadyExists(
      "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body: use a new key for a new request.")
  }

  /// The first request with this key has not ended yet.
  static var idempotencyKeyInUse: CallFailure {
    CallFailure(
      .aborted, "IDEMPOTENCY_KEY_IN_USE",
      "The first request with this Idempotency-Key is still being worked on: repeat it shortly.",
      retry: .afterMilliseconds(1_000))
  }
}
