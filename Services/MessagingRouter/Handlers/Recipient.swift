import Contracts
import Store
import Wire

/// Whom a call names: a number wins over a user id, and both over a contact.
enum Recipient: Sendable {
  case number(PhoneNumber)
  case user(String)
  case contact(ContactID)

  /// Reads and checks the three ways to name a customer.
  init(_ to: RecipientNumber?, _ user: String?, _ contact: ContactID?) throws(CallFailure) {
    if let to {
      guard let number = to.number else {
        throw SendRefusal.invalidPhone.failure("to: \(to.problem ?? "no phone number")", field: "to")
      }
      self = .number(number)
    } else if let user {
      guard Self.isUserID(user) else {
        throw SendRefusal.recipientInvalid.failure("recipient: no user id of Meta", field: "recipient")
      }
      self = .user(user)
    } else if let contact {
      self = .contact(contact)
    } else {
      throw SendRefusal.recipientRequired.failure("nobody is named: give to, recipient or contact_id", field: "to")
    }
  }

  /// The contact, if there is one.
  func contact(of sender: SenderRow, account: String, _ connection: Connection) throws -> String? {
    switch self {
    case .number(let number):
      guard number != sender.phoneNumber else {
        throw SendRefusal.recipientIsSender.failure("to: this is the sender's own number", field: "to")
      }
      if let found = try ContactRow.find(phoneNumber: number.text, sender: sender, connection) { return found.id }
      let dialable = try dialable(number)
      if dialable == number { return nil }
      return try ContactRow.find(phoneNumber: dialable.text, sender: sender, connection)?.id
    case .user(let id): return try ContactRow.find(userID: id, sender, connection)?.id
    case .contact(let id):
      let found = try connection.first(
        "SELECT portfolio_id, coalesce(merged_into, id) FROM contacts WHERE id = ? AND account_id = ?", id.text,
        account,
        map: { (scope: try $0.text(0), id: try $0.text(1)) })
      guard let found, found.scope == sender.portfolio || sender.formerScopes.contains(found.scope) else {
        throw SendRefusal.contactNotFound.failure("contact_id: no such contact of this sender", field: "contact_id")
      }
      // Of somebody who was two contacts for a while, both ids mean the one that stayed.
      return found.id
    }
  }

  /// The contact of somebody whom nobody knew yet.
  func made(of sender: SenderRow, name: String?, at now: Int64, _ connection: Connection) throws -> String {
    switch self {
    case .number(let number):
      try ContactRow.forSending(
        phoneNumber: try dialable(number).text, name: name, sender: sender, at: now, connection)
    case .user(let id):
      try ContactRow.forSending(phoneNumber: nil, userID: id, name: name, sender: sender, at: now, connection)
    case .contact(let id): id.text
    }
  }

  /// A number that nobody has written from has to be one of its country.
  private func dialable(_ number: PhoneNumber) throws(CallFailure) -> PhoneNumber {
    do throws(ValueFailure) {
      return try number.dialable()
    } catch {
      throw SendRefusal.invalidPhone.failure("to: \(error.message)", field: "to")
    }
  }

  /// Country, dot, up to 128 letters and digits (facts: BSUID).
  static func isUserID(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    func isCapital(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
    guard (4...131).contains(bytes.count), isCapital(bytes[0]), isCapital(bytes[1]), bytes[2] == 46 else {
      return false
    }
    return bytes[3...].allSatisfy { isCapital($0) || (97...122).contains($0) || (48...57).contains($0) }
  }
}
