import Contracts
import Crypto
import Store

/// Where the order of sender changes stands.
struct ReplicaPosition: Sendable, Equatable {
  /// Random; a new one tells every replica to start over.
  let epoch: String
  let counter: Int64
}

extension Connection {
  /// Makes the first epoch, or a new one when the database was restored from a backup: counters handed out after that
  /// backup would otherwise name other changes.
  func ensureReplicaEpoch(startNew: Bool) throws {
    let epoch = Base64.encodeURLSafe(RandomBytes.make(12))
    if startNew {
      try execute("UPDATE replica_position SET epoch = ?", epoch)
    }
    try execute("INSERT INTO replica_position (id, epoch, counter) VALUES (1, ?, 0) ON CONFLICT (id) DO NOTHING", epoch)
  }

  func replicaPosition() throws -> ReplicaPosition {
    let position = try first("SELECT epoch, counter FROM replica_position") { row in
      ReplicaPosition(epoch: try row.text(0), counter: try row.int64(1))
    }
    guard let position else { throw StoreFailure(.corrupt, "replica_position is empty") }
    return position
  }

  /// Senders changed after `counter`, deleted ones included, oldest change first.
  func senders(changedAfter counter: Int64, limit: Int) throws -> [SenderRow] {
    try all(
      "SELECT \(SenderRow.columns) FROM senders WHERE replica_counter > ? ORDER BY replica_counter LIMIT ?", counter,
      limit, map: SenderRow.init)
  }

  func nextReplicaCounter() throws -> Int64 {
    let counter = try first("UPDATE replica_position SET counter = counter + 1 RETURNING counter") { try $0.int64(0) }
    guard let counter else { throw StoreFailure(.corrupt, "replica_position is empty") }
    return counter
  }
}
