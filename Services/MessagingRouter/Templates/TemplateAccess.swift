import Contracts
import Crypto
import Store
import Workers

/// What it takes to talk to Meta about a WABA's templates.
struct TemplateAccess: Sendable {
  var scope: TemplateScope
  private var sender: String
  private var sealedToken: String

  /// By any sender of the account that has a token, one that is online first.
  static func find(_ scope: TemplateScope, _ connection: Connection) throws -> TemplateAccess? {
    try connection.first(
      """
      SELECT sender_id, access_token FROM replica_senders
      WHERE waba_id = ? AND account_id = ? AND access_token IS NOT NULL
      ORDER BY status = 'online' DESC, sender_id
      LIMIT 1
      """, scope.waba, scope.account
    ) { TemplateAccess(scope: scope, sender: try $0.text(0), sealedToken: try $0.text(1)) }
  }

  func token(_ keyring: SealingKeyring) throws(CryptoFailure) -> Secret {
    try keyring.open(sealedToken, binding: SenderReplica.tokenBinding(sender))
  }

  /// The accounts here that have senders in a WABA.
  static func accounts(ofWABA waba: String, _ connection: Connection) throws -> [String] {
    try connection.all("SELECT DISTINCT account_id FROM replica_senders WHERE waba_id = ?", waba) { try $0.text(0) }
  }
}

extension SenderRow {
  /// The WhatsApp Business Account it belongs to.
  func waba(_ connection: Connection) throws -> String? {
    try connection.first("SELECT waba_id FROM replica_senders WHERE sender_id = ?", id.text) { try $0.optionalText(0) }
      ?? nil
  }
}
