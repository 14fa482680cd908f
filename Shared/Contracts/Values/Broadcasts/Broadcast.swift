/// One template to many recipients of one sender.
package struct Broadcast: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Being put together: the only state in which it and its recipients may be changed.
    case draft
    /// Started; nothing is sent before `start_at`.
    case scheduled
    case running
    /// By whom or why: `pause_reason`.
    case paused
    /// Every recipient has ended.
    case completed
    /// Called off; what had reached Meta by then stays sent.
    case cancelled
  }

  /// Why it is paused. Going on is a person's decision.
  package enum PauseReason: String, Codable, Sendable, CaseIterable {
    case `operator`
    /// Meta rates the sender RED.
    case qualityDropped = "quality_dropped"
    /// Meta limits the sender because people block or report it (131048).
    case spamLimit = "spam_limit"
    case templatePaused = "template_paused"
    /// Disabled, rejected, deleted or archived at Meta.
    case templateDisabled = "template_disabled"
    /// Meta rates the template RED.
    case templateQuality = "template_quality"
    /// It says something else now, or wants other variables.
    case templateChanged = "template_changed"
    case senderOffline = "sender_offline"
    /// More than a quarter of the last 200 failed for another reason than their recipient.
    case tooManyFailures = "too_many_failures"
  }

  package var id: BroadcastID
  package var senderID: SenderID
  package var name: String
  package var template: BroadcastTemplate
  /// What recipients without a value of their own get, by the names of the template's variables.
  package var variables: [String: String]
  /// For a header that shows a medium: the same for all.
  package var headerMedia: MessageMedia?
  package var state: State
  package var pauseReason: PauseReason?
  /// What happened, and what to do about it.
  package var pauseDetail: String?
  package var startAt: Timestamp?
  package var counts: BroadcastCounts
  /// Lines of the last upload that were refused: `GET …/errors` tells why.
  package var rejectedLines: Int
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  package var version: Int64

  package init(
    id: BroadcastID, senderID: SenderID, name: String, template: BroadcastTemplate, variables: [String: String],
    headerMedia: MessageMedia?, state: State, counts: BroadcastCounts, rejectedLines: Int, createdAt: Timestamp,
    updatedAt: Timestamp, version: Int64
  ) {
    self.id = id
    self.senderID = senderID
    self.name = name
    self.template = template
    self.variables = variables
    self.headerMedia = headerMedia
    self.state = state
    self.counts = counts
    self.rejectedLines = rejectedLines
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }
}

/// The template of a broadcast, as it was when the broadcast was made or started.
package struct BroadcastTemplate: Codable, Sendable, Equatable {
  package var templateID: TemplateID
  package var name: String
  /// Meta's code, for example `en_US`.
  package var language: String
  package var category: TemplateCategory
  /// What a recipient has to bring, unless the broadcast's own `variables` have it.
  package var variables: [String]

  package init(
    templateID: TemplateID, name: String, language: String, category: TemplateCategory, variables: [String]
  ) {
    self.templateID = templateID
    self.name = name
    self.language = language
    self.category = category
    self.variables = variables
  }
}
