import Contracts
package import Store

/// Single steps of the service's work, for measurements in the store of a router that does not run.
package enum MeasuredSteps {
  /// What the sending loop asks before every turn: what is due, when the next is, what ends. Senders with something due.
  package static func lookForDue(lifetime: Int64, at now: Int64, _ connection: Connection) throws -> Int {
    _ = try OutboundEnds.next(lifetime: lifetime, connection)
    _ = try connection.first(OutboundSchedule.nextDue) { try $0.int64(0) }
    return try DueSender.due(at: now, connection).count
  }

  /// One turn of sending: `allowance` messages each of the first `senders` that have something due are marked `sending`.
  package static func take(
    senders: Int, allowance: Int, lifetime: Int64, at now: Int64, _ connection: Connection
  ) throws -> Int {
    let due = try DueSender.due(at: now, connection).prefix(senders).map { sender in
      var sender = sender
      sender.allowance = allowance
      return sender
    }
    return try OutboundTake.run(due, lifetime: lifetime, at: now, connection).rows.count
  }

  /// One step of feeding a running broadcast; how many recipients got a message or were skipped.
  package static func feed(_ broadcast: String, at now: Int64, _ connection: Connection) throws -> Int {
    guard
      let row = try connection.first("SELECT number FROM broadcasts WHERE id = ?", broadcast, map: { try $0.int64(0) })
    else { return 0 }
    return try BroadcastWork.run(row, room: BroadcastFeed.atOnce, at: now, connection).dealtWith
  }
}
