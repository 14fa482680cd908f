import Contracts
import Wire

extension CallContext {
  /// The account the call acts for. Throws when there is none: nothing here is without an owner.
  var accountID: AccountID {
    get throws(CallFailure) { AccountID(trusted: try requiredAccount) }
  }
}

extension CallFailure {
  /// The same words for a sender that does not exist and for one of another account.
  static func senderNotFound(_ id: SenderID) -> CallFailure {
    .notFound("SENDER_NOT_FOUND", "There is no sender \(id).")
  }
}
