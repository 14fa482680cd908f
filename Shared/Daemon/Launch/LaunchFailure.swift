import Crypto
import Store
import Wire

/// Why a service did not start, with its exit code: what a supervisor and a person need to tell apart.
package enum LaunchFailure: Error, CustomStringConvertible {
  /// Exit code 2: the settings are wrong.
  case settings(SettingsFailure)
  /// Exit code 3: the store cannot be used (newer than the binary, damaged, locked, read-only, disk full).
  case store(String)
  /// Exit code 4: a key is missing, malformed or not the one that sealed the data.
  case keys([String])
  /// Exit code 1: anything else, a port in use for example.
  case other(String)

  /// Sorts any error of a start into its kind.
  init(_ error: any Error) {
    switch error {
    case let failure as LaunchFailure: self = failure
    case let failure as SettingsFailure: self = .settings(failure)
    case let failure as StoreFailure: self = .store(Self.advice(failure))
    case let failure as CryptoFailure: self = .keys([failure.description])
    case let failure as PairKeysFailure: self = .keys([failure.description])
    default: self = .other(String(describing: error))
    }
  }

  package var exitCode: Int32 {
    switch self {
    case .other: 1
    case .settings: 2
    case .store: 3
    case .keys: 4
    }
  }

  package var description: String {
    switch self {
    case .settings(let failure): failure.description
    case .store(let message): "The store cannot be used: \(message)"
    case .keys(let messages): (["A key is refused:"] + messages.map { "  \($0)" }).joined(separator: "\n")
    case .other(let message): "The service could not start: \(message)"
    }
  }

  private static func advice(_ failure: StoreFailure) -> String {
    switch failure.code {
    case .newerThanBinary(let found, let known):
      "it was written by a newer version (schema \(found), this binary knows \(known)); install that version"
    case .locked: "\(failure.message); is another process of this service running on the same DATA_DIR?"
    case .readOnly: "\(failure.message); the service's user must be able to write DATA_DIR"
    case .full: "\(failure.message); make room on the disk of DATA_DIR, nothing was lost"
    case .corrupt: "\(failure.message); restore a backup"
    default: failure.description
    }
  }
}
