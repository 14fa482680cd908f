/// Something an account should know of: a change at Meta, a limit that comes near, work that ended.
package struct AccountEvent: Codable, Sendable, Equatable {
  package enum Severity: String, Codable, Sendable, CaseIterable {
    case info
    /// Needs attention soon: these and the critical ones are alerts.
    case warning
    /// Something has stopped working.
    case critical
  }

  package var id: EventID
  /// What happened, for example `sender.status_changed`; new kinds may come.
  package var kind: String
  package var severity: Severity
  package var senderID: SenderID?
  /// For people; names the next step where there is one.
  package var message: String
  /// The value before and after, for a change.
  package var before: String?
  package var after: String?
  package var at: Timestamp

  package init(
    id: EventID, kind: String, severity: Severity, senderID: SenderID?, message: String, before: String? = nil,
    after: String? = nil, at: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.severity = severity
    self.senderID = senderID
    self.message = message
    self.before = before
    self.after = after
    self.at = at
  }
}
