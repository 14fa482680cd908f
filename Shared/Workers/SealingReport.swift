package import Crypto

/// Where a change of sealing keys stands.
package struct SealingReport: Sendable, Equatable {
  /// A value that its key did not open. It stays as it is.
  package struct Unreadable: Sendable, Equatable, Hashable {
    /// `senders.access_token`.
    package let column: String
    /// The row's key.
    package let row: String
    package let reason: String
  }

  /// The key that seals.
  package let currentKeyID: String
  /// Every key of the file, the current one first.
  package let keyIDs: [String]
  /// Values by the key that sealed them, keys that are not in the file included.
  package let values: [String: Int]
  /// The first values that did not open.
  package let unreadable: [Unreadable]
  /// How many did not open.
  package let unreadableCount: Int
  /// Values sealed anew since the start.
  package let resealed: Int

  /// Of a service that has sealed nothing.
  package init(_ keyring: SealingKeyring) {
    self.init(
      currentKeyID: keyring.currentKeyID, keyIDs: keyring.keyIDs, values: [:], unreadable: [], unreadableCount: 0,
      resealed: 0)
  }

  init(
    currentKeyID: String, keyIDs: [String], values: [String: Int], unreadable: [Unreadable], unreadableCount: Int,
    resealed: Int
  ) {
    self.currentKeyID = currentKeyID
    self.keyIDs = keyIDs
    self.values = values
    self.unreadable = unreadable
    self.unreadableCount = unreadableCount
    self.resealed = resealed
  }

  /// Whether every value is sealed with the current key.
  package var isDone: Bool { values.allSatisfy { $0.key == currentKeyID || $0.value == 0 } }

  /// Keys of the file that no value needs any more.
  package var removable: [String] { keyIDs.filter { $0 != currentKeyID && values[$0, default: 0] == 0 } }

  /// Values of keys that are not in the file.
  package var unknown: [String: Int] { values.filter { !keyIDs.contains($0.key) && $0.value > 0 } }
}
