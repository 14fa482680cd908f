/// Whose everything is: senders, keys, assistants. Nothing of one account is ever visible to another.
package struct Account: Codable, Sendable, Equatable {
  package var id: AccountID
  package var name: String
  /// True for the account of whoever runs the platform: only its admin keys manage accounts.
  package var isOperator: Bool
  /// False: none of its keys opens anything.
  package var isEnabled: Bool
  package var createdAt: Timestamp
  package var version: Int64

  package init(
    id: AccountID, name: String, isOperator: Bool, isEnabled: Bool, createdAt: Timestamp, version: Int64
  ) {
    self.id = id
    self.name = name
    self.isOperator = isOperator
    self.isEnabled = isEnabled
    self.createdAt = createdAt
    self.version = version
  }
}
