/// Where a template stands at Meta (facts: templates, statuses).
package enum TemplateStatus: String, Sendable, CaseIterable {
  /// Asked for here, and Meta's answer was lost: it is looked for at Meta.
  case draft
  case pending
  case approved
  case rejected
  case paused
  case disabled
  case inAppeal = "in_appeal"
  case pendingDeletion = "pending_deletion"
  case deleted
  case limitExceeded = "limit_exceeded"
  /// Unused for a year.
  case archived
  /// A status that this version does not know; never sent with.
  case other

  /// Meta's word, in its list or as the event of a webhook; what is not known is `other`, never an error.
  package init(meta: String) {
    switch meta.uppercased() {
    case "APPROVED", "REINSTATED", "UNARCHIVED": self = .approved
    case "DRAFT", "OTHER": self = .other
    default: self = TemplateStatus(rawValue: meta.lowercased()) ?? .other
    }
  }

  /// Only these are taken by Meta for an edit.
  package var mayBeEdited: Bool { self == .approved || self == .rejected || self == .paused }
}

extension TemplateStatus: Codable {}
