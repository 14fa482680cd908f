import CarrierAPI
import Crypto
import JSON

/// A number's normal route as the journal keeps it: its URLs may carry a user and a password.
struct SealedRoute: Sendable {
  /// The sealed text of column `interceptions.original`.
  let text: String
  private let interceptionID: String

  /// What the journal's row `interceptionID` has.
  init(stored text: String, of interceptionID: String) {
    self.text = text
    self.interceptionID = interceptionID
  }

  init(_ route: VoiceRoute, of interceptionID: String, _ keyring: SealingKeyring) throws {
    text = keyring.seal(Secret(try JSONCoder.encode(route)), binding: Self.binding(interceptionID))
    self.interceptionID = interceptionID
  }

  /// - Throws: `CryptoFailure` when the keyring does not have the key; `JSONCodingError` never for what was sealed here.
  func open(_ keyring: SealingKeyring) throws -> VoiceRoute {
    let opened = try keyring.open(text, binding: Self.binding(interceptionID))
    return try JSONCoder.decode(VoiceRoute.self, from: opened.bytes)
  }

  private static func binding(_ id: String) -> String { "interceptions.original:\(id)" }
}
