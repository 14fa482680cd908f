/// The keys a service seals its secrets with before they reach its database. The first seals, every one opens.
///
/// A sealed value is `v1.<key id>.<base64url of nonce, sealed text and code>`. It opens only with the binding it was
/// sealed with, so a value copied to another row or column is refused.
package struct SealingKeyring: Sendable {
  /// The most keys a file may hold.
  package static let maximumKeys = 8

  private static let version = "v1"
  /// What the probe is bound to.
  package static let probeBinding = "wss-seal-probe"
  private static let probeText = "this database belongs to this key"

  private let current: SealingKey
  private let keys: [String: SealingKey]
  /// The ids of every key, the current one first.
  package let keyIDs: [String]

  /// A keyring of one key of 32 bytes, for keys that do not come from a file.
  package init(keyID: String, master: Secret) throws(CryptoFailure) {
    guard SealingKey.isValidID(keyID) else { throw .malformed(reason: "\"\(keyID)\" is not a key id") }
    guard master.count == SealingKey.masterByteCount else {
      throw .badLength(of: "master key", expected: SealingKey.masterByteCount, found: master.count)
    }
    self.init(keys: [SealingKey(id: keyID, master: master.bytes)])
  }

  /// The keys of a key file's text: a line `<key id> <base64 of 32 bytes>` each, "#" starts a comment line.
  /// Throws `badKeyFile` with the line that is wrong.
  package init(parsing text: String) throws(CryptoFailure) {
    try self.init(keys: SealingKeyFile.parse(text))
  }

  /// The keys of the file at `path`, which must be a regular file that only its owner can read (mode 0600 or 0400).
  /// Throws `badKeyFile`.
  package init(file path: String) throws(CryptoFailure) {
    try self.init(keys: SealingKeyFile.keys(at: path))
  }

  private init(keys: [SealingKey]) {
    precondition(!keys.isEmpty, "a keyring has a key to seal with")
    current = keys[0]
    keyIDs = keys.map(\.id)
    self.keys = Dictionary(keys.map { ($0.id, $0) }) { earlier, _ in earlier }
  }

  /// The id of the key that seals.
  package var currentKeyID: String { current.id }

  /// `secret` sealed for the place `binding` names, e.g. `senders.access_token:snd_01…`.
  package func seal(_ secret: Secret, binding: String) -> String {
    let box = current.seal(secret.bytes, binding: binding)
    return "\(Self.version).\(current.id).\(Base64.encodeURLSafe(box))"
  }

  /// The secret of a value that was sealed for the same `binding`.
  /// Throws `malformed`, `unknownKey` or `authenticationFailed`.
  package func open(_ sealed: String, binding: String) throws(CryptoFailure) -> Secret {
    let parts = try Self.split(sealed)
    guard let key = keys[parts.keyID] else { throw .unknownKey(id: parts.keyID) }
    guard let box = Base64.decodeURLSafe(parts.box) else {
      throw .malformed(reason: "its last part is not base64url")
    }
    return Secret(try key.open(box, binding: binding))
  }

  /// The id of the key that sealed the value, held here or not; nil if it is not a sealed value.
  package func keyID(of sealed: String) -> String? {
    try? Self.split(sealed).keyID
  }

  /// Whether the value should be opened and sealed again with the current key.
  package func needsReseal(_ sealed: String) -> Bool {
    keyID(of: sealed) != currentKeyID
  }

  /// A sealed constant. A service stores it in a new database and gives it to `check(probe:)` at every later start.
  package func probe() -> String {
    seal(Secret(Self.probeText), binding: Self.probeBinding)
  }

  /// Refuses a keyring that is not the one `probe` was made with, before anything else fails to open.
  /// Throws `unknownKey`, `wrongKey` or `malformed`.
  package func check(probe: String) throws(CryptoFailure) {
    let id = try Self.split(probe).keyID
    do throws(CryptoFailure) {
      let opened = try open(probe, binding: Self.probeBinding)
      guard opened == Secret(Self.probeText) else { throw .authenticationFailed }
    } catch {
      throw error == .authenticationFailed ? .wrongKey(id: id) : error
    }
  }

  /// The text of a new key file with one random key.
  package static func generateFileText(keyID: String) -> String {
    precondition(SealingKey.isValidID(keyID), "\"\(keyID)\" is not a key id")
    let key = Base64.encode(RandomBytes.make(SealingKey.masterByteCount))
    return """
      # Sealing keys, one a line: id, then 32 bytes in base64. The first seals, every one opens.
      # Keep a copy apart from the database: what a lost key sealed is lost.
      \(keyID) \(key)

      """
  }

  private static func split(_ sealed: String) throws(CryptoFailure) -> (keyID: String, box: String) {
    let parts = sealed.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed(reason: "it does not have three parts") }
    guard parts[0] == version else { throw .malformed(reason: "its version is not \(version)") }
    guard SealingKey.isValidID(parts[1]) else { throw .malformed(reason: "it does not name a key") }
    return (String(parts[1]), String(parts[2]))
  }
}

/// Keys never print themselves.
extension SealingKeyring: CustomStringConvertible, CustomReflectable {
  package var description: String { "SealingKeyring(current: \(currentKeyID))" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
