import Contracts
import Store

// What Meta tells of somebody who is known already.
extension ContactRow {
  /// A customer has a new number or a new user id: the contact and its conversations stay, under the new keys. Answers
  /// with the contact.
  static func changed(
    _ news: NewIdentity, from facts: ContactFacts, sender: SenderRow, at now: Int64, _ connection: Connection
  ) throws -> String {
    let keys = ContactFacts(
      userID: news.userID, phoneNumber: news.phoneNumber, name: facts.name, username: facts.username,
      parentUserID: news.parentUserID)
    guard let known = try former(news, facts, sender, connection) else {
      // Nobody here has ever met them under the old keys.
      return try learn(keys.completed(by: facts), sender: sender, at: now, connection)
    }
    if let userID = news.userID, userID != known.userID {
      if let other = try find(userID: userID, sender, connection), other.id != known.id {
        // They wrote under the new id before Meta's notice came: the same person.
        try ContactMerge.merge(other, into: known, at: now, connection)
      }
      if let old = known.userID { try known.answers(to: old, sender, connection) }
    }
    if let number = news.phoneNumber, number != known.phoneNumber,
      let holder = try find(phoneNumber: number, sender: sender, connection), holder.id != known.id
    {
      try release(number, of: holder, sender, connection)
    }
    try known.update(keys, at: now, connection)
    return known.id
  }

  /// Who it is that changed: by the keys they had.
  private static func former(
    _ news: NewIdentity, _ facts: ContactFacts, _ sender: SenderRow, _ connection: Connection
  ) throws -> ContactRow? {
    for userID in [news.formerUserID, facts.userID] {
      if let userID, userID != news.userID, let found = try find(userID: userID, sender, connection) { return found }
    }
    // With a new number the notice comes from the old one; with a new id alone the number is the same as ever.
    if let number = facts.phoneNumber, let found = try find(phoneNumber: number, sender: sender, connection) {
      return found
    }
    return nil
  }

  /// A status of a message to this contact tells of a key that was not known. What contradicts the known ones is left
  /// alone: a number may be spelt differently, and only customers themselves change theirs.
  func recognised(as facts: ContactFacts, sender: SenderRow, at now: Int64, _ connection: Connection) throws {
    if userID == nil, let user = facts.userID {
      guard let other = try Self.find(userID: user, sender, connection), other.id != id else {
        return try update(ContactFacts(userID: user, parentUserID: facts.parentUserID), at: now, connection)
      }
      try ContactMerge.merge(self, into: other, at: now, connection)
      // What was dialled finds the same person next time.
      if let number = phoneNumber, let kept = other.phoneNumber, number != kept {
        try other.answers(to: number, sender, connection)
      }
      return
    }
    guard phoneNumber == nil, userID != nil, userID == facts.userID, let number = facts.phoneNumber else { return }
    if let holder = try Self.find(phoneNumber: number, sender: sender, connection), holder.id != id {
      guard holder.userID == nil else { return }
      try ContactMerge.merge(holder, into: self, at: now, connection)
    }
    try update(ContactFacts(phoneNumber: number), at: now, connection)
  }
}

extension ContactFacts {
  /// What is missing here is taken from there.
  fileprivate func completed(by other: ContactFacts) -> ContactFacts {
    ContactFacts(
      userID: userID ?? other.userID, phoneNumber: phoneNumber ?? other.phoneNumber, name: name ?? other.name,
      username: username ?? other.username, parentUserID: parentUserID ?? other.parentUserID)
  }
}
