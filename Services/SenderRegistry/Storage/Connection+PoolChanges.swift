import Contracts
import GraphAPI
import Store

extension Connection {
  /// What follows from what is stored: the number was claimed, its sender is gone, or its time has come.
  func settlePoolEntry(_ row: PoolRow, now: Int64) throws {
    let sender = try self.sender(row.senderID)
    if let sender, let claimed = sender.phoneNumberID {
      // A number of a customer's account, proven with that customer's token: the pool's object is gone.
      try change(row.senderID, in: row.state, now: now) { row in
        row.state = .claimed
        row.wabaID = sender.wabaID
        row.phoneNumberID = claimed
      }
      try tellWaiting(row.senderID, sender.condition.reasons, preverifiedID: nil, now: now)
      try addEvent(
        "number.claimed", account: row.accountID, sender: row.senderID,
        "\(row.phoneNumber) was claimed by the WhatsApp Business Account \(sender.wabaID ?? "unknown").",
        before: row.preverifiedID, after: claimed, now: now)
    } else if sender == nil {
      try change(row.senderID, in: row.state, now: now) { row in
        row.state = .removing
        row.isCalled = false
        row.tries = 0
        row.dueAt = now
      }
    } else if let end = row.expiresAt, end <= now {
      try expire(row, now: now)
    } else if let end = row.expiresAt {
      try change(row.senderID, in: row.state, now: now) { $0.warnedOf = end }
      try addEvent(
        "number.verification_ending", .warning, account: row.accountID, sender: row.senderID,
        "The verification of \(row.phoneNumber) ends at \(Timestamp(milliseconds: end)): complete the signup, or verify "
          + "the number again.", now: now)
    }
  }

  private func expire(_ row: PoolRow, now: Int64) throws {
    try change(row.senderID, in: row.state, now: now) { $0.state = .expired }
    try tellWaiting(row.senderID, [.verificationExpired], preverifiedID: row.preverifiedID, now: now)
    try addEvent(
      "number.verification_expired", .warning, account: row.accountID, sender: row.senderID,
      "The verification of \(row.phoneNumber) has run out.", now: now)
  }

  /// Takes over what Meta's list says of an entry; nil when it is not on the list.
  func takeOver(_ found: GraphPreverifiedNumber?, _ row: PoolRow, now: Int64) throws {
    guard let found else {
      guard let since = row.missingSince else {
        try change(row.senderID, in: row.state, now: now) { $0.missingSince = now }
        return
      }
      if now - since < PoolTimes.absence { return }
      // Neither claimed by our sender nor there: dropped after 90 days, or removed by hand at Meta.
      try change(row.senderID, in: row.state, now: now) { $0.state = .removed }
      try tellWaiting(row.senderID, [.leftPool], preverifiedID: nil, now: now)
      try addEvent(
        "number.left_pool", .warning, account: row.accountID, sender: row.senderID,
        "\(row.phoneNumber) is no longer in Meta's pool of verified numbers.", now: now)
      return
    }
    if row.missingSince != nil { try change(row.senderID, in: row.state, now: now) { $0.missingSince = nil } }
    switch (found.codeVerificationStatus, row.state) {
    case ("VERIFIED", _):
      let end = MetaMoment.parse(found.verificationExpiryTime)
      if row.state == .verified, end == nil || end == row.expiresAt { return }
      try change(row.senderID, in: row.state, now: now) { row in
        row.state = .verified
        row.verifiedAt = row.verifiedAt ?? end.map { $0 - PoolTimes.life } ?? now
        row.expiresAt = end ?? row.expiresAt ?? now + PoolTimes.life
      }
      if row.state != .verified {
        try tellWaiting(row.senderID, [.signupNeeded], preverifiedID: row.preverifiedID, now: now)
      }
    case ("EXPIRED", .verified), ("EXPIRED", .added):
      try expire(row, now: now)
    default: return
    }
  }
}
