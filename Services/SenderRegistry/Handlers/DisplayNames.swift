import Contracts
import Store
import Wire

/// Changing the name customers see.
enum DisplayNames {
  /// Stores the wish. A sender that Meta does not know yet simply has another name; for the others Meta is asked.
  /// False when there is nothing to change. In the transaction of the change.
  static func change(_ sender: inout SenderRow, to input: String, _ connection: Connection, now: Int64) throws -> Bool {
    guard let name = DisplayName.parse(input) else {
      throw CallFailure.invalidArgument(
        "DISPLAY_NAME_INVALID", "display_name: 2 to 75 characters without control characters", field: "display_name")
    }
    if sender.origin == .coexistence {
      throw CallFailure.failedPrecondition(
        "NAME_IS_THE_APPS",
        "The WhatsApp Business app keeps this number: change the display name there. It is read from Meta afterwards.")
    }
    let change = try connection.nameChange(sender.id)
    if name == sender.displayName, sender.requestedDisplayName == nil { return false }
    if name == sender.requestedDisplayName, change?.step.isOver == false { return false }
    guard sender.phoneNumberID != nil else {
      if sender.condition.status == .connecting {
        throw CallFailure.failedPrecondition(
          "ONBOARDING_RUNNING", "The sender is being connected with its present name: change it when that has ended.")
      }
      sender.displayName = name
      return true
    }
    if let change, !change.step.isOver, change.isStarted || change.step == .registering || change.step == .reading {
      throw CallFailure.aborted(
        "NAME_CHANGE_RUNNING", "Another name is on its way to Meta at this moment: repeat the change shortly.")
    }
    sender.requestedDisplayName = name
    try connection.beginNameChange(sender.id, to: name, isOnline: sender.condition.status == .online, now: now)
    return true
  }
}
