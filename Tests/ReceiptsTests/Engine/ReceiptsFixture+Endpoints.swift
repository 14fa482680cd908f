import Crypto
import Contracts
import Store
import TestSupport

@testable import Receipts

extension ReceiptsFixture {
  /// An endpoint of the account, as its row is stored; `change` makes it what a test needs.
  @discardableResult
  func addEndpoint(
    _ url: String, _ number: Int = 1, account: AccountID = account,
    _ change: @Sendable (inout WebhookRow) -> Void = { _ in }
  ) async throws -> WebhookID {
    let digits = String(number)
    let id = WebhookID(trusted: "whk_" + String(repeating: "0", count: 26 - digits.count) + digits)
    let secret = SigningSecret.make()
    var row = WebhookRow(
      id: id, account: account, kind: .endpoint, sender: nil, url: url,
      sealedSecret: keyring.seal(secret.text, binding: WebhookRow.binding(id)),
      secretFingerprint: secret.fingerprint, createdAt: clock.now)
    change(&row)
    let stored = row
    try await database.write { try stored.insert($0) }
    return id
  }

  func webhook(_ id: WebhookID) async throws -> WebhookRow {
    guard let row = try await database.read({ try WebhookRow.find(id, $0) }) else {
      throw TimedOut(waitingFor: "the webhook \(id)", limit: .zero)
    }
    return row
  }

  /// Deliveries of a webhook in the order of their events: state and attempts finished.
  func queue(of webhook: WebhookID) async throws -> [(position: Int64, state: String, attempts: Int, isTaken: Bool)] {
    try await database.read {
      try $0.all(
        """
        SELECT position, state, attempts, taken_at IS NOT NULL FROM deliveries WHERE webhook_id = ? ORDER BY position
        """, webhook.text
      ) { (try $0.int64(0), try $0.text(1), try $0.int(2), try $0.bool(3)) }
    }
  }

  /// Waits until so many attempts to a webhook are kept, or more.
  func attempts(_ count: Int, of webhook: WebhookID) async throws {
    try await eventually("\(count) attempts are kept") {
      try await database.read {
        try $0.first("SELECT count(*) FROM attempts WHERE webhook_id = ?", webhook.text) { try $0.int(0) }
      } ?? 0 >= count
    }
  }

  func sql(_ text: String) async throws -> Int64 {
    try await database.read { try $0.first(text) { try $0.int64(0) } } ?? -1
  }
}
