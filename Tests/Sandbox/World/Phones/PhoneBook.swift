import Synchronization

/// Every phone the sandbox plays; one appears when it is first spoken of.
package final class PhoneBook: Sendable {
  /// Phones that may exist at once.
  package static let limit = 200_000

  private struct State {
    var phones: [PhoneDigits: Phone] = [:]
    /// Customers by business-scoped user id, so that an answer to one finds the phone.
    var byUserID: [String: PhoneDigits] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package subscript(phone: PhoneDigits) -> Phone {
    state.withLock { $0.phones[phone] ?? Self.new(phone) }
  }

  /// Changes a phone. Beyond the limit a new phone is not kept.
  package func update<Result: Sendable>(_ phone: PhoneDigits, _ change: (inout Phone) -> Result) -> Result {
    state.withLock { state in
      var known = state.phones[phone] ?? Self.new(phone)
      let result = change(&known)
      if state.phones[phone] != nil || state.phones.count < Self.limit { state.phones[phone] = known }
      return result
    }
  }

  /// The customer's user id towards a business, remembered for the way back.
  func userID(of phone: PhoneDigits, business: String) -> String {
    let id = MetaIdentifier.user(phone, business: business)
    state.withLock { state in
      if state.byUserID.count < Self.limit { state.byUserID[id] = phone }
    }
    return id
  }

  func phone(userID: String) -> PhoneDigits? { state.withLock { $0.byUserID[userID] } }

  private static func new(_ phone: PhoneDigits) -> Phone { Phone(name: "Customer \(phone.digits.suffix(4))") }
}
