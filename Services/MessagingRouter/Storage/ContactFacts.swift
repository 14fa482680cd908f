import Contracts
import GraphAPI

/// What Meta tells of a customer, as contacts keep it.
struct ContactFacts: Sendable, Equatable {
  var userID: String?
  /// E.164.
  var phoneNumber: String?
  var name: String?
  var username: String?
  var parentUserID: String?

  init(
    userID: String? = nil, phoneNumber: String? = nil, name: String? = nil, username: String? = nil,
    parentUserID: String? = nil
  ) {
    self.userID = userID
    self.phoneNumber = phoneNumber
    self.name = name
    self.username = username
    self.parentUserID = parentUserID
  }

  /// Throws when the number is none and nothing else says who it is.
  init(_ person: WebhookPerson) throws(ValueFailure) {
    self.init(
      userID: person.userID, phoneNumber: PhoneNumber.fromMeta(person.number)?.text, name: person.name,
      username: person.username, parentUserID: person.parentUserID)
    if userID == nil, phoneNumber == nil {
      guard let number = person.number else { throw ValueFailure("a customer without number and user id") }
      phoneNumber = try PhoneNumber(digits: number).text
    }
  }
}
