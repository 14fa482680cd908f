package import Crypto

/// The developer's app at Meta: whose secret signs webhooks and whose callback gets them.
package struct MetaApp: Sendable {
  package let id: String
  package let secret: Secret

  package init(id: String, secret: Secret) {
    self.id = id
    self.secret = secret
  }

  /// The app's own token, `id|secret`, which `debug_token` takes.
  func isAppToken(_ token: String) -> Bool {
    constantTimeEquals(Array(token.utf8), Array("\(id)|".utf8) + secret.bytes)
  }
}
