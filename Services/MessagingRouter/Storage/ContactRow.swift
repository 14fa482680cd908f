import Contracts
import Crypto
import GraphAPI
import Store

/// A customer within a business portfolio: joined by Meta's user id or by number, either may come later.
struct ContactRow: Sendable {
  var id: String
  var userID: String?
  var phoneNumber: String?
  var name: String?
  var username: String?
  var parentUserID: String?

  static let columns = "id, user_id, phone_number, name, username, parent_user_id"

  /// Finds or makes the contact that wrote, and learns what is new of it.
  static func learn(_ facts: ContactFacts, sender: SenderRow, at now: Int64, _ connection: Connection) throws -> String
  {
    if let userID = facts.userID, let known = try find(userID: userID, sender, connection) {
      // An id that Meta has renewed: the message is an old one, and so is what it tells.
      if known.userID != userID { return known.id }
      return try known.learn(facts, sender: sender, at: now, connection)
    }
    guard let phoneNumber = facts.phoneNumber,
      let holder = try find(phoneNumber: phoneNumber, sender: sender, connection)
    else { return try insert(facts, sender: sender, at: now, connection) }
    if facts.userID == nil || holder.userID == nil {
      var facts = facts
      // Its own number may be spelt differently: the one that is known stays.
      facts.phoneNumber = holder.phoneNumber ?? facts.phoneNumber
      try holder.update(facts, at: now, connection)
      return holder.id
    }
    // The number's old holder keeps its history; whoever writes now is somebody else.
    try release(phoneNumber, of: holder, sender, connection)
    return try insert(facts, sender: sender, at: now, connection)
  }

  /// The contact that a business wants to write to, found or made: by user id, by number, or by both.
  static func forSending(
    phoneNumber: String?, userID: String? = nil, name: String? = nil, sender: SenderRow, at now: Int64,
    _ connection: Connection
  ) throws -> String {
    if let userID, let known = try find(userID: userID, sender, connection) { return known.id }
    if let phoneNumber, let known = try find(phoneNumber: phoneNumber, sender: sender, connection) { return known.id }
    let facts = ContactFacts(userID: userID, phoneNumber: phoneNumber, name: name)
    return try insert(facts, sender: sender, at: now, connection)
  }

  /// A name in the address book of the business's app. It makes no contacts: that would be everybody the owner knows.
  static func named(_ person: WebhookPerson, sender: SenderRow, at now: Int64, _ connection: Connection) throws
    -> UpdateOutcome
  {
    let facts = try ContactFacts(person)
    guard let name = facts.name else { return .ignored }
    let known =
      try facts.userID.flatMap { try find(userID: $0, sender, connection) }
      ?? facts.phoneNumber.flatMap { try find(phoneNumber: $0, sender: sender, connection) }
    guard let known else { return .ignored }
    try known.update(ContactFacts(name: name), at: now, connection)
    return .stored
  }

  /// What a webhook tells of a contact that is known by the user id it names.
  private func learn(_ facts: ContactFacts, sender: SenderRow, at now: Int64, _ connection: Connection) throws -> String
  {
    if let phoneNumber = facts.phoneNumber, phoneNumber != self.phoneNumber,
      let holder = try Self.find(phoneNumber: phoneNumber, sender: sender, connection), holder.id != id
    {
      if holder.userID == nil {
        // Known by the number alone until now: the same person, with what was said before the id was known.
        try ContactMerge.merge(holder, into: self, at: now, connection)
      } else {
        try Self.release(phoneNumber, of: holder, sender, connection)
      }
    }
    try update(facts, at: now, connection)
    return id
  }

  /// Stores what is new; nothing is written when nothing is.
  func update(_ facts: ContactFacts, at now: Int64, _ connection: Connection) throws {
    let isNew =
      Self.differs(facts.userID, userID) || Self.differs(facts.phoneNumber, phoneNumber)
      || Self.differs(facts.name, name) || Self.differs(facts.username, username)
      || Self.differs(facts.parentUserID, parentUserID)
    if !isNew { return }
    if let phoneNumber, Self.differs(facts.phoneNumber, phoneNumber) { try had(phoneNumber, connection) }
    try connection.execute(
      """
      UPDATE contacts
      SET user_id = coalesce(?, user_id), phone_number = coalesce(?, phone_number), name = coalesce(?, name),
        username = coalesce(?, username), parent_user_id = coalesce(?, parent_user_id), updated_at = ?
      WHERE id = ?
      """, facts.userID, facts.phoneNumber, facts.name, facts.username, facts.parentUserID, now, id)
  }

  private static func differs(_ news: String?, _ known: String?) -> Bool { news != nil && news != known }

  static func insert(_ facts: ContactFacts, sender: SenderRow, at now: Int64, _ connection: Connection) throws -> String
  {
    let id = "con_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO contacts (id, account_id, portfolio_id, user_id, phone_number, name, username, parent_user_id,
        created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, id, sender.account.text, sender.portfolio, facts.userID, facts.phoneNumber, facts.name, facts.username,
      facts.parentUserID, now, now)
    return id
  }

  init(_ row: Row) throws {
    id = try row.text(0)
    userID = try row.optionalText(1)
    phoneNumber = try row.optionalText(2)
    name = try row.optionalText(3)
    username = try row.optionalText(4)
    parentUserID = try row.optionalText(5)
  }
}
