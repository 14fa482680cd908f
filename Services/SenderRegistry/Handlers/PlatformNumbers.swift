import Contracts
import JSON
import Store
import Wire

/// What is different about a sender whose number comes from the inventory.
struct PlatformNumbers: Sendable {
  let mode: PartnerMode
  /// Called when an entry shall join Meta's pool.
  let wakePool: @Sendable () -> Void

  /// The number a sender is created for, and its row when it is the inventory's.
  func number(
    of call: SenderRegistryAPI.CreateSender, _ account: AccountID, _ connection: Connection
  ) throws -> (PhoneNumber, NumberRow?) {
    switch (call.phoneNumber, call.numberID) {
    case (let phoneNumber?, nil):
      // A number of the inventory goes by its id: what it is, and who answers its calls, is known there.
      let number = try phoneNumber.entered()
      try connection.refuseHeld(number, account)
      return (number, nil)
    case (nil, let id?):
      let row = try connection.ownNumber(id, account)
      if let obstacle = row.obstacle {
        throw CallFailure(
          .failedPrecondition, "NUMBER_NOT_AVAILABLE", "number_id: the number cannot be used: \(obstacle).",
          details: ["field": "number_id"])
      }
      return (row.phoneNumber, row)
    default:
      throw CallFailure.invalidArgument(
        "NUMBER_OR_ID", "Name exactly one of phone_number (a number of your own) and number_id (the inventory's).",
        field: "number_id")
    }
  }

  /// What such a sender waits for at first.
  var firstReason: SenderReason {
    mode == .solutionPartner ? .joiningPool : .signupNeeded
  }

  /// Journals what has to be done outside for a new sender.
  func begin(_ sender: SenderRow, _ number: NumberRow, _ connection: Connection, now: Int64) throws {
    guard mode == .solutionPartner else { return }
    try connection.insert(
      PoolRow(
        senderID: sender.id, accountID: sender.accountID, numberID: number.id, phoneNumber: number.phoneNumber, now: now
      ))
    connection.afterCommit(wakePool)
  }
}
