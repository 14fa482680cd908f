import JSON

/// What `debug_token` says of a token (browser-supplied ids are untrusted, this is not).
package struct GrantedToken: Sendable, Equatable {
  package var isValid: Bool
  package var appID: String?
  package var scopes: [String]
  /// WABA ids that `whatsapp_business_management` was granted for.
  package var wabaIDs: [String]

  init(_ data: JSONNode) {
    isValid = data["is_valid"]?.bool ?? false
    appID = data["app_id"]?.string
    var scopes: [String] = []
    data["scopes"]?.forEachElement { if let scope = $0.string { scopes.append(scope) } }
    var wabaIDs: [String] = []
    data["granular_scopes"]?.forEachElement { grant in
      guard grant["scope"]?.string == "whatsapp_business_management" else { return }
      grant["target_ids"]?.forEachElement { if let id = $0.string { wabaIDs.append(id) } }
    }
    self.scopes = scopes
    self.wabaIDs = wabaIDs
  }
}
