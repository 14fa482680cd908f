import Contracts
import Crypto
import JSON
import Store

extension Connection {
  /// Applies an event to a verification and stores everything that follows from it: the step for those who follow along,
  /// the registry's event, the number's calls given back. Nil when the event changes nothing in the state it finds.
  func apply(
    _ event: VerificationEvent, to id: VerificationID, _ times: VerificationTimes, now: Int64,
    _ change: (inout VerificationRow) -> Void = { _ in }
  ) throws -> VerificationRow? {
    guard var row = try verification(id),
      let next = VerificationTransition.apply(event, to: row.state, answeredBy: row.answeredBy)
    else { return nil }
    let before = row.state
    row.state = next
    row.updatedAt = now
    row.dueAt = now + times.patience(in: next, row.answeredBy)
    row.reads = 0
    switch event {
    case .codeSent, .codeMaybeSent: row.retryAt = now + times.retry
    case .returned: row.dueAt = now + times.again
    case .nextCall: row.isAsking = false
    // A call that nobody had ordered yet: Meta is still to be asked.
    case .nothingHeard where row.calls == 0: row.dueAt = now
    case .callAgain: (row.reason, row.isAsking) = (nil, false)
    case .submitted, .verified, .heard, .callAnswered: row.reason = nil
    default: break
    }
    if !row.state.isOpen { row.retryAt = nil }
    if let deadline = row.deadlineAt, next == .armed || (next == .codeRequested && row.answeredBy == .machine) {
      row.dueAt = min(row.dueAt, deadline)
    }
    change(&row)
    try giveBackIfLeft(&row, from: before, now: now)
    try update(row)
    if event == .returned { try takeCodeBack(id) }
    if event == .callAgain || event == .nextCall { try mistrustEarlierCalls(id, now: now) }
    if event == .verified { try deleteRecordings(of: id, now: now) }
    try appendStep(event, row, from: before, now: now)
    try callForListener(row, from: before, now: now)
    if row.state != before, row.state == .codeRequested || row.state == .needsListener {
      try RegistryOutbox.enqueue(row, self, now: now)
    }
    if !row.state.isOpen, row.reason?.code != SenderReason.superseded.code {
      try RegistryOutbox.enqueue(row, self, now: now)
    }
    return row
  }

  /// The number is given back with the step that leaves its interception.
  private func giveBackIfLeft(_ row: inout VerificationRow, from before: Verification.State, now: Int64) throws {
    guard row.answeredBy == .machine, !row.state.isIntercepting, before.isIntercepting || !row.state.isOpen else {
      return
    }
    if let armedAt = row.armedAt {
      row.interceptedMilliseconds += max(0, min(now, row.deadlineAt ?? now) - armedAt)
      row.armedAt = nil
    }
    try giveBack(row.id, now: now)
  }

  /// Whoever has the number is told that somebody must listen, but not that the code they have just typed was wrong.
  private func callForListener(_ row: VerificationRow, from before: Verification.State, now: Int64) throws {
    guard row.state == .needsListener, before != .needsListener else { return }
    if before == .submitted, try !isOfMachine(row.id) { return }
    try RegistryOutbox.announce(
      "verification.needs_a_listener", .warning,
      "A call was recorded and somebody must listen to it: GET /v1/verifications/\(row.id)/recordings, then hand in the "
        + "code. \(row.reason.map { "\($0.code): \($0.message)" } ?? "")",
      sender: row.senderID, account: row.accountID, self, now: now)
  }

  private func appendStep(
    _ event: VerificationEvent, _ row: VerificationRow, from before: Verification.State, now: Int64
  ) throws {
    let reason = try row.reason.map { String(decoding: try JSONCoder.encode($0), as: UTF8.self) }
    try execute(
      """
      INSERT INTO verification_events (id, verification_id, event, from_state, to_state, reason, at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, "evt_" + ULID.make(milliseconds: now), row.id.text, event.rawValue, before.rawValue, row.state.rawValue,
      reason, now)
  }
}
