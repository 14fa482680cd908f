import Synchronization

/// Counts everything that passes, so that tests see what was lost and what came twice.
///
/// Appending and looking up cost the same at the first entry and at the millionth.
package final class Ledger: Sendable {
  /// What a value of `biz_opaque_callback_data`, or a text to a recipient, was seen for.
  package struct Tally: Sendable, Equatable {
    package var arrived = 0
    package var accepted = 0

    package init(arrived: Int = 0, accepted: Int = 0) {
      self.arrived = arrived
      self.accepted = accepted
    }
  }

  private struct TextKey: Hashable {
    var recipient: String
    var text: String
  }

  private struct State {
    var totals = LedgerTotals()
    /// Numbers given out before the last reset: what was begun before it must not be booked on what came after.
    var forgotten = 0
    var outgoing: [OutgoingRecord] = []
    var outgoingByID: [String: Int] = [:]
    var byCallbackData: [String: Tally] = [:]
    var byText: [TextKey: Tally] = [:]
    var inbound: [InboundRecord] = []
    var inboundByID: [String: Int] = [:]
  }

  let limit: Int
  private let state = Mutex(State())
  let codes = Mutex(CodeBook())

  package init(limit: Int) { self.limit = limit }

  package var totals: LedgerTotals { state.withLock { $0.totals } }

  /// Forgets everything.
  package func reset() {
    state.withLock { state in
      let forgotten = state.forgotten + state.outgoing.count
      state = State()
      state.forgotten = forgotten
    }
    codes.withLock { $0 = CodeBook() }
  }

  func count(_ change: (inout LedgerTotals) -> Void) { state.withLock { change(&$0.totals) } }

  // MARK: Messages of businesses

  /// A message request was read completely. Its number for later calls; nil when the ledger is full.
  func arrived(_ record: OutgoingRecord) -> Int? {
    state.withLock { state in
      if state.outgoing.count >= limit { return nil }
      state.outgoing.append(record)
      state.totals.messagesArrived += 1
      if let data = record.callbackData { state.byCallbackData[data, default: Tally()].arrived += 1 }
      state.byText[TextKey(recipient: record.recipient, text: record.text), default: Tally()].arrived += 1
      state.totals.distinctCallbackData = state.byCallbackData.count
      state.totals.distinctTexts = state.byText.count
      return state.forgotten + state.outgoing.count - 1
    }
  }

  func accepted(_ number: Int, wamid: String) {
    state.withLock { state in
      guard let index = Self.index(number, state) else { return }
      state.outgoing[index].outcome = .accepted
      state.outgoing[index].wamid = wamid
      state.outgoingByID[wamid] = index
      state.totals.messagesAccepted += 1
      let record = state.outgoing[index]
      if let data = record.callbackData {
        state.byCallbackData[data, default: Tally()].accepted += 1
        if state.byCallbackData[data]?.accepted == 2 { state.totals.repeatedCallbackData += 1 }
      }
      let key = TextKey(recipient: record.recipient, text: record.text)
      state.byText[key, default: Tally()].accepted += 1
      if state.byText[key]?.accepted == 2 { state.totals.repeatedTexts += 1 }
    }
  }

  func refused(_ number: Int, code: Int) {
    state.withLock { state in
      guard let index = Self.index(number, state) else { return }
      state.outgoing[index].outcome = .refused(code: code)
      state.totals.messagesRefused += 1
    }
  }

  /// A fault kept the answer back; whether the message had been accepted by then is in the record.
  func answerLost(_ number: Int) {
    state.withLock { state in
      guard let index = Self.index(number, state) else { return }
      state.outgoing[index].isAnswerLost = true
      if state.outgoing[index].outcome == .accepted {
        state.totals.answersLost += 1
      } else if state.outgoing[index].outcome == .arrived {
        state.totals.arrivalsSwallowed += 1
      }
    }
  }

  func statusMade(_ name: String, of wamid: String, at: Int64) {
    state.withLock { state in
      guard let index = state.outgoingByID[wamid] else { return }
      state.outgoing[index].statuses.append(OutgoingRecord.Status(name: name, at: at))
      state.totals.statusesMade += 1
    }
  }

  func statusAcknowledged(_ name: String, of wamid: String) {
    state.withLock { state in
      guard let index = state.outgoingByID[wamid],
        let status = state.outgoing[index].statuses.firstIndex(where: { $0.name == name && !$0.isAcknowledged })
      else { return }
      state.outgoing[index].statuses[status].isAcknowledged = true
      state.totals.statusesAcknowledged += 1
    }
  }

  // MARK: Messages of customers

  /// False when the ledger is full.
  func inboundSent(_ record: InboundRecord) -> Bool {
    state.withLock { state in
      if state.inbound.count >= limit { return false }
      state.inboundByID[record.wamid] = state.inbound.count
      state.inbound.append(record)
      state.totals.inboundSent += 1
      return true
    }
  }

  func inboundTried(_ wamid: String) {
    state.withLock { state in
      if let index = state.inboundByID[wamid] { state.inbound[index].attempts += 1 }
    }
  }

  func inboundAcknowledged(_ wamid: String, at: Int64) {
    state.withLock { state in
      guard let index = state.inboundByID[wamid], state.inbound[index].acknowledgedAt == nil else { return }
      state.inbound[index].acknowledgedAt = at
      state.totals.inboundAcknowledged += 1
    }
  }

  // MARK: Reading

  /// Whether a customer's message has this id.
  func knows(inbound wamid: String) -> Bool { state.withLock { $0.inboundByID[wamid] != nil } }

  /// Whether any message has this id.
  func knows(_ wamid: String) -> Bool {
    state.withLock { $0.inboundByID[wamid] != nil || $0.outgoingByID[wamid] != nil }
  }

  /// How often a message with this `biz_opaque_callback_data` arrived and was accepted.
  package func tally(callbackData: String) -> Tally {
    state.withLock { $0.byCallbackData[callbackData] ?? Tally() }
  }

  /// How often this text arrived, and was accepted, for this recipient (digits or user id).
  package func tally(text: String, to recipient: String) -> Tally {
    state.withLock { $0.byText[TextKey(recipient: recipient, text: text)] ?? Tally() }
  }

  /// Every value of `biz_opaque_callback_data` with more than one accepted message.
  package var repeatedCallbackData: [String: Tally] {
    state.withLock { $0.byCallbackData.filter { $0.value.accepted > 1 } }
  }

  package func message(_ wamid: String) -> OutgoingRecord? {
    state.withLock { state in state.outgoingByID[wamid].map { state.outgoing[$0] } }
  }

  /// A page of messages that match, from entry `after` on, and where the next page starts (nil: at the end).
  package func messages(
    after: Int = 0, limit: Int, where matches: @Sendable (OutgoingRecord) -> Bool = { _ in true }
  ) -> (page: [OutgoingRecord], next: Int?) {
    state.withLock { Self.page($0.outgoing, after: after, limit: limit, where: matches) }
  }

  /// A page of customers' messages that match.
  package func inbound(
    after: Int = 0, limit: Int, where matches: @Sendable (InboundRecord) -> Bool = { _ in true }
  ) -> (page: [InboundRecord], next: Int?) {
    state.withLock { Self.page($0.inbound, after: after, limit: limit, where: matches) }
  }

  private static func index(_ number: Int, _ state: State) -> Int? {
    let index = number - state.forgotten
    return state.outgoing.indices.contains(index) ? index : nil
  }

  private static func page<Record>(
    _ all: [Record], after: Int, limit: Int, where matches: (Record) -> Bool
  ) -> (page: [Record], next: Int?) {
    var page: [Record] = []
    var index = max(0, after)
    while index < all.count {
      if matches(all[index]) {
        if page.count >= limit { return (page, index) }
        page.append(all[index])
      }
      index += 1
    }
    return (page, nil)
  }
}
