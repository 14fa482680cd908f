import Contracts

/// A number's `status` as Meta tells it (facts: fields of a phone number). Lists differ between Meta's pages, so
/// whatever is not known here reads as "not sendable".
enum MetaNumberState: Equatable {
  case connected
  case pending
  case disconnected
  case restricted
  case banned
  case rateLimited
  case unverified
  case migrated
  case deleted
  case other(String)

  init(_ text: String?) {
    self =
      switch text {
      case "CONNECTED": .connected
      case "PENDING": .pending
      case "DISCONNECTED": .disconnected
      case "RESTRICTED": .restricted
      case "BANNED": .banned
      case "RATE_LIMITED": .rateLimited
      case "UNVERIFIED": .unverified
      case "MIGRATED": .migrated
      case "DELETED": .deleted
      default: .other(text ?? "nothing")
      }
  }

  /// What it means for the sender. Only `CONNECTED` sends.
  var status: SenderStatus {
    switch self {
    case .connected: .online
    case .restricted, .banned: .suspended
    default: .offline
    }
  }

  /// Meta takes a moment after `register`: these may become `CONNECTED` by themselves.
  var maySettle: Bool { self == .pending || self == .disconnected }

  /// Why the sender is not online; nil when it is.
  var reason: SenderReason? {
    switch self {
    case .connected:
      nil
    case .pending:
      SenderReason(
        code: "NUMBER_PENDING", message: "Meta has not connected the number yet.",
        nextStep: "Wait a few minutes and connect the sender again.")
    case .disconnected:
      SenderReason(
        code: "NUMBER_DISCONNECTED", message: "The number is disconnected at Meta.",
        nextStep: "Connect the sender again.")
    case .restricted:
      SenderReason(
        code: "NUMBER_RESTRICTED", message: "Meta has restricted the number.",
        nextStep: "Look at the number in WhatsApp Manager and ask Meta for a review.")
    case .banned:
      SenderReason(
        code: "NUMBER_BANNED", message: "Meta has banned the number.",
        nextStep: "Appeal in WhatsApp Manager, or use another number.")
    case .rateLimited:
      SenderReason(
        code: "NUMBER_RATE_LIMITED", message: "Meta limits what the number may send for now.",
        nextStep: "Send less and connect the sender again later.")
    case .unverified:
      SenderReason(
        code: "NUMBER_UNVERIFIED", message: "Meta does not count the number as verified.",
        nextStep: "Start a verification, then connect the sender again.")
    case .migrated:
      SenderReason(
        code: "NUMBER_MIGRATED", message: "The number has moved to another WhatsApp Business Account.",
        nextStep: "Connect the sender again with the account it moved to.")
    case .deleted:
      SenderReason(
        code: "NUMBER_DELETED", message: "The number was deleted at Meta.",
        nextStep: "Add the number at Meta again, then connect the sender.")
    case .other(let text):
      SenderReason(
        code: "NUMBER_STATE_UNKNOWN", message: "Meta calls the number's state \(text.prefix(64)).",
        nextStep: "Look at the number in WhatsApp Manager; connect the sender again when it is connected there.")
    }
  }
}
