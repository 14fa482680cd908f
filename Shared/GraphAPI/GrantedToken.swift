import JSON

/// What `debug_token` says of a token (browser-supplied ids are untrusted, this is not).
package struct GrantedToken: Sendable, Equatable {
  package var isValid: Bool
  package var appID: String?
  package var scopes: [String]
  /// When the token ends, in milliseconds since 1970; nil for never.
  package var expiresAt: Int64?
  /// The accounts that each scope was granted for; a scope that is granted for all of them has none here.
  private var targets: [String: [String]]

  init(_ data: JSONNode) {
    isValid = data["is_valid"]?.bool ?? false
    appID = data["app_id"]?.string ?? data["app_id"]?.int64.map(String.init)
    expiresAt = data["expires_at"]?.int64.flatMap { $0 > 0 && $0 < 253_402_300_800 ? $0 * 1_000 : nil }
    var scopes: [String] = []
    data["scopes"]?.forEachElement { if let scope = $0.string { scopes.append(scope) } }
    var targets: [String: [String]] = [:]
    data["granular_scopes"]?.forEachElement { grant in
      guard let scope = grant["scope"]?.string else { return }
      if !scopes.contains(scope) { scopes.append(scope) }
      guard let ids = grant["target_ids"], ids.kind == .array else { return }
      ids.forEachElement {
        if let id = $0.string ?? $0.int64.map(String.init) { targets[scope, default: []].append(id) }
      }
      // Granted for a list of nothing.
      if targets[scope] == nil { targets[scope] = [] }
    }
    self.scopes = scopes
    self.targets = targets
  }

  /// Whether `scope` was granted for a WABA. Without a list of its own it was granted for all the user has.
  package func grants(_ scope: String, wabaID: String) -> Bool {
    guard scopes.contains(scope) else { return false }
    return targets[scope].map { $0.contains(wabaID) } ?? true
  }
}
