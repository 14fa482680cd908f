package import Contracts
import SenderRegistry
import Store
import TestSupport
import Wire
import Workers

extension SenderRegistryHarness {
  /// What makes the service a Solution Partner's.
  package static let solutionPartner = [
    "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": "88", "META_SYSTEM_TOKEN": "partner-token-of-the-test",
  ]

  /// Enters a number by hand.
  package func addNumber(
    _ number: String = SenderRegistryHarness.number, kind: InventoryNumber.Kind? = nil, nickname: String? = nil,
    account: AccountID? = nil
  ) async throws -> InventoryNumber {
    try await call(
      SenderRegistryAPI.AddNumber(phoneNumber: PhoneNumber(parsing: number), kind: kind, nickname: nickname),
      account: account)
  }

  /// A sender for a number of the inventory.
  package func createSender(with number: NumberID) async throws -> Sender {
    try await call(SenderRegistryAPI.CreateSender(numberID: number, displayName: "Shop"))
  }

  package func buy(_ number: String = SenderRegistryHarness.number, key: String? = nil) async throws -> InventoryNumber
  {
    try await call(
      SenderRegistryAPI.BuyNumber(phoneNumber: PhoneNumber(parsing: number), nickname: "front desk"), key: key)
  }

  /// The number once it is in `state`; woken by commits.
  package func number(_ id: NumberID, reaches state: InventoryNumber.State) async throws -> InventoryNumber {
    let notifier = try service.notifier
    return try await limited(to: .seconds(10), "the number to be \(state.rawValue)") {
      while true {
        let generation = notifier.generation
        let number = try await self.call(SenderRegistryAPI.GetNumber(id: id))
        if number.state == state { return number }
        guard await notifier.wait(after: generation, atMost: .seconds(10)) else { throw CancellationError() }
      }
    }
  }

  package func readyNumbers() async throws -> [ReadyNumber] {
    try await call(SenderRegistryAPI.ListReadyNumbers()).data
  }

  /// The kinds of the account's events, oldest first.
  package func eventKinds() async throws -> [String] {
    try await database.read { connection in
      try connection.all("SELECT kind FROM account_events ORDER BY sequence") { try $0.text(0) }
    }
  }

  /// What the verifier tells when a code was right, or was not.
  package func record(_ sender: SenderID, verified: Bool = true, event: String = "verified") async throws {
    _ = try await call(
      SenderRegistryAPI.RecordVerification(
        eventID: EventID(trusted: "evt_" + event),
        verificationID: VerificationID(trusted: "ver_01JD0000000000000000000000"), senderID: sender,
        isVerified: verified,
        reason: verified ? nil : SenderReason(code: "CODE_WRONG", message: "wrong", nextStep: "again")),
      from: .verifier)
  }
}
