/// Why a key was refused or a sealed value did not open. Never carries key or secret bytes.
package enum CryptoFailure: Error, Equatable {
  /// The value was sealed with a key this keyring does not hold.
  case unknownKey(id: String)
  /// The keyring holds a key of this name, but not the one the database was started with.
  case wrongKey(id: String)
  /// The key file cannot be used; the reason names the line or the file.
  case badKeyFile(reason: String)
  /// The text is not a sealed value at all.
  case malformed(reason: String)
  /// The value was changed, cut, moved to another place, or sealed with another key.
  case authenticationFailed
  /// A key, nonce or text has a length the algorithm does not take, in bytes.
  case badLength(of: String, expected: Int, found: Int)
}

extension CryptoFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownKey(let id):
      "the value was sealed with key \"\(id)\", which the key file does not hold"
    case .wrongKey(let id):
      "key \"\(id)\" of the key file is not the key this database was sealed with"
    case .badKeyFile(let reason):
      "the sealing key file cannot be used: \(reason)"
    case .malformed(let reason):
      "not a sealed value: \(reason)"
    case .authenticationFailed:
      "the sealed value does not open: it was changed, belongs to another place, or was sealed with another key"
    case .badLength(let what, let expected, let found):
      "the \(what) must be \(expected) bytes long, not \(found)"
    }
  }
}
