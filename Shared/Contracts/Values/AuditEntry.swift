package import JSON

package enum AuditKind: IdentifierKind { package static let prefix = "aud" }
package typealias AuditID = Identifier<AuditKind>

/// A change that somebody asked for over the REST API, and what came of it. Secrets in it are blanked.
package struct AuditEntry: Codable, Sendable, Equatable {
  package enum Outcome: String, Codable, Sendable, CaseIterable {
    /// It was done.
    case done
    /// It was refused for what was asked, or for the state things were in.
    case refused
    /// It failed on our side; whether it was done is in `after` or not known.
    case failed
    /// It was begun, and nobody knows how it ended: the service died meanwhile, or is at it now.
    case unknown
  }

  package var id: AuditID
  /// Who: the id of an API key, or of a link that a customer followed.
  package var actor: String
  /// What, as METHODS.md names it: `registry.sender.update`.
  package var method: String
  /// The ids that the request names, and that of what it made.
  package var targets: [String]
  /// What was asked.
  package var request: JSONValue?
  /// What was there before; for changes of something that can be read at the same address.
  package var before: JSONValue?
  /// What was answered.
  package var after: JSONValue?
  package var outcome: Outcome
  /// The HTTP status and, for a failure, its code.
  package var status: Int?
  package var code: String?
  /// The `X-Request-Id` of the answer.
  package var requestID: String?
  package var at: Timestamp
  package var endedAt: Timestamp?

  package init(
    id: AuditID, actor: String, method: String, targets: [String], request: JSONValue?, before: JSONValue?,
    after: JSONValue?, outcome: Outcome, status: Int?, code: String?, requestID: String?, at: Timestamp,
    endedAt: Timestamp?
  ) {
    self.id = id
    self.actor = actor
    self.method = method
    self.targets = targets
    self.request = request
    self.before = before
    self.after = after
    self.outcome = outcome
    self.status = status
    self.code = code
    self.requestID = requestID
    self.at = at
    self.endedAt = endedAt
  }
}
