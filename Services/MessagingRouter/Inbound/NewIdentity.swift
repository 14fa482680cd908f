import Contracts
import GraphAPI
import JSON

/// Meta's notice that a customer has a new number, or a new user id.
struct NewIdentity: Sendable, Equatable {
  var phoneNumber: String?
  var userID: String?
  var parentUserID: String?
  /// The one they had, where Meta tells it.
  var formerUserID: String?

  /// Nil for notices of other things, and for one that tells nothing new.
  init?(_ system: JSONNode) {
    guard let type = system["type"]?.string, Self.types.contains(type) else { return nil }
    phoneNumber = PhoneNumber.fromMeta(system["wa_id"]?.webhookText ?? system["new_wa_id"]?.webhookText)?.text
    userID = system["user_id"]?.webhookText
    parentUserID = system["parent_user_id"]?.webhookText
    formerUserID = system["previous_user_id"]?.webhookText
    if phoneNumber == nil, userID == nil { return nil }
  }

  private static let types: Set<String> = ["user_changed_number", "user_changed_user_id"]
}

extension PhoneNumber {
  /// Meta's digits-only spelling; nil for what is not a number.
  static func fromMeta(_ digits: String?) -> PhoneNumber? {
    guard let digits else { return nil }
    do throws(ValueFailure) { return try PhoneNumber(digits: digits) } catch { return nil }
  }
}
