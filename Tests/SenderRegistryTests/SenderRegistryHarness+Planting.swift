import Contracts
import Crypto
import SenderRegistryHarness
import Store
import TestSupport
import Wire

@testable import SenderRegistry

extension SenderRegistryHarness {
  /// A connected sender that no onboarding made, of the account made at the start.
  func plantConnected(_ number: String, numberID: String, waba: String = "9029") async throws -> SenderID {
    let sender = try await createSender(number)
    let keyring = try SealingKeyring(file: files.sealingKeyFile(.senderRegistry))
    try await database.write { connection in
      guard var row = try connection.sender(sender.id) else { return }
      row.accessToken = keyring.seal(Secret("EAAG-planted"), binding: SenderRow.tokenBinding(row.id))
      row.wabaID = waba
      row.phoneNumberID = numberID
      row.condition = SenderCondition(.online)
      try connection.update(row, now: 1)
    }
    return sender.id
  }
}
