package import Crypto
package import Store

/// How many values of a database each sealing key has sealed.
package struct SealingCensus: Sendable, Equatable {
  /// Values by key id.
  package internal(set) var values: [String: Int] = [:]

  /// Counts `columns`; reads each of them once.
  package init(_ columns: [SealedColumn], _ connection: Connection) throws {
    for column in columns { try column.count(into: &values, connection) }
  }

  /// Keys that values need and the key file does not hold, in order of their names.
  package func missing(in keyring: SealingKeyring) -> [(keyID: String, values: Int)] {
    values.filter { !keyring.keyIDs.contains($0.key) && $0.value > 0 }.sorted { $0.key < $1.key }
      .map { (keyID: $0.key, values: $0.value) }
  }

  /// Whether every value is sealed with the key that seals now.
  func isDone(_ keyring: SealingKeyring) -> Bool {
    values.allSatisfy { $0.key == keyring.currentKeyID || $0.value == 0 }
  }
}
