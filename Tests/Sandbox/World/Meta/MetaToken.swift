/// A business token: what the exchange of a signup code gives.
struct MetaToken: Sendable {
  let token: String
  let wabaIDs: [String]
  let businessID: String
  let issued: Int64
  var scopes = MetaToken.allScopes
  /// Milliseconds since 1970; nil for never.
  var expires: Int64?
  var isRevoked = false

  static let allScopes = ["whatsapp_business_management", "whatsapp_business_messaging", "public_profile"]

  func check(now: Int64) throws(GraphError) {
    if isRevoked {
      throw GraphError(
        190, "Error validating access token: The session has been invalidated.", status: 401, subcode: 460)
    }
    if let expires, expires <= now { throw GraphError.tokenExpired }
  }
}
