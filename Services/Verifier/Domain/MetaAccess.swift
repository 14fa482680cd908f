import Crypto

/// A number at Meta, or its entry in the partner's pool, and the token that opens it.
struct MetaAccess: Sendable {
  let phoneNumberID: String
  /// An entry of the pool, which may be verified anew while it still counts as verified.
  let isPoolEntry: Bool
  let token: Secret
}
