import Contracts
import Store

/// One turn of the scheduler: what goes to Meta now, in one transaction. What may not go ends here or is put where it
/// waits, so that nobody looks at it again before its time.
struct OutboundTake: Sendable {
  /// What is marked `sending`.
  var rows: [OutboundRow] = []
  /// Messages that ended without a send.
  var ended = 0
  /// Whose turn is next within each sender.
  var turns: [String: PriorityTurns] = [:]
  /// Whether there may be news for the registry.
  var hasNews = false

  /// Messages of one sender that may end, or be moved, in one turn beside those that are sent.
  private static let asides = 200

  /// Takes each sender's allowance: lower priorities first, one message of a conversation, the longest due first.
  static func run(
    _ senders: [DueSender], lifetime: Int64, at now: Int64, _ connection: Connection
  ) throws -> OutboundTake {
    var take = OutboundTake()
    var portfolios: [String: PortfolioBudget] = [:]
    for sender in senders where sender.allowance > 0 {
      try take.run(sender, &portfolios, lifetime: lifetime, at: now, connection)
    }
    for budget in portfolios.values where try budget.settle(at: now, connection) { take.hasNews = true }
    return take
  }

  private mutating func run(
    _ sender: DueSender, _ portfolios: inout [String: PortfolioBudget], lifetime: Int64, at now: Int64,
    _ connection: Connection
  ) throws {
    var waiting = WaitingMessages(sender, at: now)
    var turns = sender.turns
    var left = sender.allowance
    var asides = Self.asides
    while left > 0, asides > 0 {
      guard var row = try waiting.next(turns.next(), connection) else { break }
      row.sender = sender
      if let (status, error) = try row.verdict(lifetime: lifetime, at: now, connection) {
        if try row.end(status, error, at: now, connection) { ended += 1 }
        asides -= 1
        continue
      }
      if row.isTemplate, row.windowExpiresAt <= now {
        var budget =
          try portfolios[sender.portfolio] ?? PortfolioBudget(sender, at: now, connection)
        row.hasSlot = try budget.reserve(row, at: now, connection)
        portfolios[sender.portfolio] = budget
        if !row.hasSlot {
          try connection.execute(
            "UPDATE outbound_lanes SET needs_slot = 1 WHERE conversation_id = ? AND needs_slot = 0",
            row.conversation)
          waiting.skipSlots()
          asides -= 1
          continue
        }
      }
      try row.begin(at: now, connection)
      rows.append(row)
      left -= 1
    }
    self.turns[sender.id] = turns
    for group in sender.groups {
      try connection.execute(OutboundSchedule.settleGroup, sender.id, group.needsSlot, group.priority.rawValue)
    }
  }
}

extension OutboundRow {
  /// How it ends here instead of being sent; nil when it may go.
  func verdict(
    lifetime: Int64, at now: Int64, _ connection: Connection
  ) throws -> (MessageStatus, MessageError)? {
    let isRefused =
      try category == OptOuts.marketing
      && OptOuts.blocksMarketing(contact: contact, account: sender.account, connection)
    switch SendingRule.mayStillSend(
      type: body.type, category: category, windowExpiresAt: windowExpiresAt,
      expiresAt: expiresAt ?? (wantedAt + lifetime), blocksMarketing: isRefused, at: now)
    {
    case .send: return nil
    case .expired: return (.expired, SendErrors.expired)
    case .refuse(let error): return (.failed, error)
    }
  }
}

/// The due messages of one sender, read as they are asked for.
private struct WaitingMessages {
  private let sender: DueSender
  private let now: Int64
  private var queues: [NewMessage.Priority: ArraySlice<OutboundRow>] = [:]
  private var hasSlots = true

  init(_ sender: DueSender, at now: Int64) {
    self.sender = sender
    self.now = now
  }

  /// The portfolio is full: what needs a place waits.
  mutating func skipSlots() {
    hasSlots = false
    for priority in queues.keys { queues[priority]?.removeAll { $0.isTemplate && $0.windowExpiresAt <= now } }
  }

  mutating func next(_ order: [NewMessage.Priority], _ connection: Connection) throws -> OutboundRow? {
    for priority in order {
      if queues[priority] == nil { queues[priority] = try read(priority, connection)[...] }
      if let row = queues[priority]?.popFirst() { return row }
    }
    return nil
  }

  private func read(_ priority: NewMessage.Priority, _ connection: Connection) throws -> [OutboundRow] {
    var rows: [OutboundRow] = []
    for needsSlot in [false, true] where !needsSlot || hasSlots {
      guard sender.groups.contains(DueSender.Group(needsSlot: needsSlot, priority: priority)) else { continue }
      rows += try connection.all(
        OutboundSchedule.dueMessages, sender.id, needsSlot, priority.rawValue, now, sender.allowance,
        map: OutboundRow.init)
    }
    return rows.sorted { ($0.dueAt, $0.sequence) < ($1.dueAt, $1.sequence) }
  }
}
