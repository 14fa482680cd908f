import Contracts
import Crypto
import Store
import Telemetry
import Transport
import Wire
import Workers

/// What other services copy of the senders. Each is given what it needs and no more.
struct ReplicaHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let pairKeys: PairKeys
  let notifier: ChangeNotifier
  let positions: ReplicaPositions
  let log: Log
  /// The token that opens the partner's pool; for the verifier only.
  var partnerToken: Secret?

  /// The services that act on Meta's side for a sender: only they get its token.
  private static let entitled: Set<ServiceName> = [.verifier, .messagingRouter]

  /// Changes after a position; waits for one while there is none.
  func changes(
    _ call: SenderRegistryAPI.ReplicaChanges, _ context: CallContext
  ) async throws -> SenderRegistryAPI.ReplicaChanges.Reply {
    guard (1...500).contains(call.limit) else {
      throw CallFailure.invalidArgument("LIMIT_OUT_OF_RANGE", "limit: 1 to 500, not \(call.limit)", field: "limit")
    }
    guard (0...20_000).contains(call.waitMilliseconds) else {
      throw CallFailure.invalidArgument(
        "WAIT_OUT_OF_RANGE", "wait_milliseconds: 0 to 20000, not \(call.waitMilliseconds)", field: "wait_milliseconds")
    }
    // Whoever does not wait is in the middle of a snapshot, which is stored as a whole.
    if call.waitMilliseconds > 0, try await isCurrent(call.epoch) { positions.note(context.caller, call.after) }
    // Answered half a second before the caller stops listening.
    let patience = min(.milliseconds(call.waitMilliseconds), context.remaining - .milliseconds(500))
    let end = Deadline.after(max(.zero, patience))
    while true {
      // Taken before looking: a change committed after the look is a newer generation and ends the wait at once.
      let generation = notifier.generation
      let reply = try await page(call, for: context.caller)
      if !reply.changes.isEmpty || reply.isSnapshot || end.hasPassed { return reply }
      guard await notifier.wait(after: generation, atMost: end.remaining) else { return reply }
    }
  }

  private func isCurrent(_ epoch: String?) async throws -> Bool {
    guard let epoch else { return false }
    return try await database.read { try $0.replicaPosition().epoch == epoch }
  }

  private func page(
    _ call: SenderRegistryAPI.ReplicaChanges, for caller: ServiceName
  ) async throws -> SenderRegistryAPI.ReplicaChanges.Reply {
    let transit = try transitKeyring(for: caller)
    return try await database.read { connection in
      let position = try connection.replicaPosition()
      // A position from the future belongs to a database that was since restored.
      let isSnapshot = call.epoch != position.epoch || call.after > position.counter
      let rows = try connection.senders(changedAfter: isSnapshot ? 0 : call.after, limit: call.limit + 1)
      return SenderRegistryAPI.ReplicaChanges.Reply(
        epoch: position.epoch, isSnapshot: isSnapshot,
        changes: try rows.prefix(call.limit).map { try change($0, for: caller, transit, connection) },
        isComplete: rows.count <= call.limit)
    }
  }

  private func transitKeyring(for caller: ServiceName) throws -> SealingKeyring? {
    guard Self.entitled.contains(caller) else { return nil }
    guard let transit = try ReplicaSealing.keyring(with: caller, keys: pairKeys) else {
      throw CallFailure.failedPrecondition("PAIR_KEY_MISSING", "There is no RPC key to seal tokens with for \(caller).")
    }
    return transit
  }

  private func change(
    _ row: SenderRow, for caller: ServiceName, _ transit: SealingKeyring?, _ connection: Connection
  ) throws -> ReplicaChange {
    var change = ReplicaChange(counter: row.replicaCounter, senderID: row.id, isDeleted: row.deletedAt != nil)
    if change.isDeleted { return change }
    change.accountID = row.accountID
    change.phoneNumber = row.phoneNumber
    change.displayName = row.displayName
    change.status = row.condition.status
    change.origin = row.origin
    guard let transit else { return change }
    change.wabaID = row.wabaID
    change.phoneNumberID = row.phoneNumberID
    change.portfolioID = row.businessID
    change.qualityRating = row.qualityRating
    change.messagingLimit = row.messagingLimit
    change.throughput = row.throughput
    if let sealed = row.accessToken {
      do throws(CryptoFailure) {
        let token = try keyring.open(sealed, binding: SenderRow.tokenBinding(row.id))
        change.sealedAccessToken = transit.seal(token, binding: ReplicaSealing.binding(row.id.text))
      } catch {
        // The other senders' copies must not wait for this one to be repaired.
        log.error("sender.token_unreadable", ["sender": .string(row.id.text), "cause": .string(error.description)])
      }
    }
    if caller == .verifier {
      change.provider = try row.numberID.flatMap { try connection.number($0) }?.provider
      if row.phoneNumberID == nil, let preverifiedID = row.preverifiedID, let partnerToken {
        change.preverifiedID = preverifiedID
        change.sealedAccessToken = transit.seal(partnerToken, binding: ReplicaSealing.binding(row.id.text))
      }
    }
    return change
  }
}
