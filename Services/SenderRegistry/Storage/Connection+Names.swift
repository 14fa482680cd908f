import Contracts
import Store

/// What Meta's decisions about a display name change. Called by whoever hears of them first: the webhook or a reading.
extension Connection {
  /// Meta has decided about a name (`phone_number_name_update`). Decisions about a name that nobody asked for here
  /// are left to the next reading of the number. True when there is work for the worker.
  @discardableResult
  func nameDecided(
    _ id: SenderID, decision: String, requestedName: String?, rejectionReason: String?, now: Int64
  ) throws -> Bool {
    guard let sender = try sender(id), var change = try nameChange(id), !change.step.isOver,
      requestedName == nil || requestedName == change.name
    else { return false }
    // A decision proves that the request arrived, whatever became of its answer.
    guard change.step == .asking || change.step == .review else { return false }
    if change.step == .asking { change.enter(.review, at: now) }
    try settle(&change, sender, NameReview(decision: decision, rejectionReason: rejectionReason), now: now)
    try update(change)
    return true
  }

  /// A reading of the number told how the review stands: a decision that no webhook brought is looked at now.
  func nameRead(_ newNameStatus: String?, of id: SenderID, now: Int64) throws {
    guard let newNameStatus, newNameStatus != "NONE", newNameStatus != "PENDING_REVIEW",
      var change = try nameChange(id), change.step == .review, change.nextAt > now
    else { return }
    change.nextAt = now
    try update(change)
  }

  /// What a review's state means for the change and its sender; the caller stores the change.
  func settle(_ change: inout NameChangeRow, _ sender: SenderRow, _ review: NameReview, now: Int64) throws {
    switch review {
    case .open, .unknown:
      break
    case .approved:
      change.enter(.registering, at: now)
      change.onboardedBefore = nil
    case .live:
      change.enter(.reading, at: now)
    case .declined(let why):
      change.enter(.declined, at: now)
      var sender = sender
      sender.requestedDisplayName = nil
      sender.nameStatus = "DECLINED"
      try update(sender, now: now)
      try addEvent(
        "sender.name_declined", .warning, account: sender.accountID, sender: sender.id,
        "The display name was not accepted: \(why) Customers go on seeing the name before.",
        before: sender.displayName, after: change.name, now: now)
    }
  }

  /// Customers see `name`.
  func nameIsLive(_ name: String, _ change: inout NameChangeRow, _ sender: SenderRow, now: Int64) throws {
    change.enter(.done, at: now)
    var after = sender
    after.displayName = name
    after.requestedDisplayName = nil
    after.nameStatus = "APPROVED"
    after.updatedAt = now
    try update(after, now: now)
    try addHistory(
      sender.id, "name_changed", from: sender.condition.status, to: sender.condition, at: now)
    try addEvent(
      "sender.name_changed", account: sender.accountID, sender: sender.id, "Customers see the new display name.",
      before: sender.displayName, after: name, now: now)
  }
}
