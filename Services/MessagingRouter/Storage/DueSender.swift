import Store

/// A sender with something due, and how much of it may go in this turn.
struct DueSender: Sendable {
  /// Messages of one priority that need, or do not need, a place among the portfolio's people of the day.
  struct Group: Sendable, Hashable {
    var needsSlot: Bool
    var priority: NewMessage.Priority
  }

  var id: String
  var account: String
  var phoneNumberID: String
  var sealedToken: String
  var wabaID: String?
  var portfolio: String
  /// Messages per second, in and out.
  var perSecond: Int
  /// The number was stopped by an error that only a person or Meta mends: one message tries.
  var isProbing: Bool
  var groups: Set<Group>
  var allowance = 0
  var turns = PriorityTurns()

  /// Whom a row belongs to until it is taken.
  static let nobody = DueSender(
    id: "", account: "", phoneNumberID: "", sealedToken: "", wabaID: nil, portfolio: "", perSecond: 1,
    isProbing: false, groups: [])

  /// Groups that are looked at in one turn: as many senders may be waiting at once.
  static let groupLimit = 10_000

  /// Senders with something due, the longest waiting first.
  static func due(at now: Int64, _ connection: Connection) throws -> [DueSender] {
    var places: [String: Int] = [:]
    var senders: [DueSender] = []
    try connection.forEach(OutboundSchedule.dueGroups, now, groupLimit) { row in
      let id = try row.text(0)
      let group = Group(
        needsSlot: try row.bool(1), priority: NewMessage.Priority(rawValue: try row.int(2)) ?? .broadcast)
      if let place = places[id] {
        senders[place].groups.insert(group)
        return
      }
      // A sender that was taken away meanwhile is held back: its groups are not due.
      guard let number = try row.optionalText(4), let token = try row.optionalText(5) else { return }
      places[id] = senders.count
      let told = try row.optionalInt(8)
      let usual = try row.optionalText(9) == "coexistence" ? SenderRate.coexistence : SenderRate.standard
      senders.append(
        DueSender(
          id: id, account: try row.text(3), phoneNumberID: number, sealedToken: token,
          wabaID: try row.optionalText(6), portfolio: try row.text(7), perSecond: max(told ?? usual, 1),
          isProbing: try row.bool(10), groups: [group]))
    }
    return senders
  }
}
