import Crypto
import Synchronization

/// Media at Meta: what customers sent and what businesses uploaded, with addresses that live for five minutes.
package final class MediaShelf: Sendable {
  /// One medium.
  package struct Medium: Sendable {
    package var bytes: [UInt8]
    package var mimeType: String
    package var filename: String?
    /// The number that uploaded it; nil for what a customer sent.
    package var numberID: String?
    /// What Meta says its hash is, whatever it is.
    var sha256: [UInt8]
    /// How many bytes its host sends: more than there are for one without an end.
    var sent: Int
    /// Addresses by their secret part, and when each ends.
    var addresses: [String: Int64] = [:]
  }

  /// Media kept, and their bytes together.
  static let limit = 10_000
  static let byteLimit = 256 << 20
  /// How long an address is good.
  static let addressLife: Int64 = 300_000

  private struct State: Sendable {
    var media: [String: Medium] = [:]
    var bytes = 0
    /// Where callers of Graph find the sandbox; addresses lead there too.
    var baseURL: String?
  }

  private let state = Mutex(State())

  /// Somebody has called Graph by this name and port.
  func reached(at authority: String) {
    if !authority.isEmpty { state.withLock { $0.baseURL = "http://" + authority } }
  }

  /// Where the sandbox is found, as callers of Graph spell it.
  var baseURL: String? { state.withLock { $0.baseURL } }

  /// Keeps one and answers its id; nil when there is no room.
  func add(_ medium: Medium) -> String? {
    state.withLock { state in
      guard state.media.count < Self.limit, state.bytes + medium.bytes.count <= Self.byteLimit else { return nil }
      let id = MetaIdentifier.object()
      state.media[id] = medium
      state.bytes += medium.bytes.count
      return id
    }
  }

  package func medium(_ id: String) -> Medium? { state.withLock { $0.media[id] } }

  /// What businesses have uploaded.
  package var uploads: [Medium] { state.withLock { $0.media.values.filter { $0.numberID != nil } } }

  /// Whether there was one.
  func remove(_ id: String) -> Bool {
    state.withLock { state in
      guard let medium = state.media.removeValue(forKey: id) else { return false }
      state.bytes -= medium.bytes.count
      return true
    }
  }

  /// A new address: its secret part.
  func address(_ id: String, now: Int64) -> String? {
    state.withLock { state in
      guard var medium = state.media[id] else { return nil }
      let secret = Base64.encodeURLSafe(RandomBytes.make(12))
      medium.addresses = medium.addresses.filter { $0.value > now }
      medium.addresses[secret] = now + Self.addressLife
      state.media[id] = medium
      return secret
    }
  }

  /// The medium behind an address that is still good.
  func medium(_ id: String, at secret: String, now: Int64) -> Medium? {
    state.withLock { state in
      guard let medium = state.media[id], let end = medium.addresses[secret], now < end else { return nil }
      return medium
    }
  }

  /// Ends every address there is, as five minutes would.
  package func endAddresses() {
    state.withLock { state in for id in state.media.keys { state.media[id]?.addresses = [:] } }
  }
}
