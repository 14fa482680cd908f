/// Which events a replay delivers once more; every member narrows it.
package struct ReplaySelection: Codable, Sendable, Equatable {
  /// What has become of them so far.
  package enum Outcome: String, Codable, Sendable, CaseIterable {
    /// Neither delivered nor called off.
    case undelivered
    /// All of them, the delivered ones too.
    case any
  }

  /// Recorded at or after this moment.
  package var from: Timestamp?
  /// Recorded before this moment.
  package var until: Timestamp?
  /// Recorded after the last delivery that succeeded.
  package var sinceLastSuccess: Bool?
  package var eventTypes: [PlatformEvent.Kind]?
  package var senderID: SenderID?
  package var conversationID: ConversationID?
  /// `undelivered` when absent.
  package var outcome: Outcome?

  package init(
    from: Timestamp? = nil, until: Timestamp? = nil, sinceLastSuccess: Bool? = nil,
    eventTypes: [PlatformEvent.Kind]? = nil, senderID: SenderID? = nil, conversationID: ConversationID? = nil,
    outcome: Outcome? = nil
  ) {
    self.from = from
    self.until = until
    self.sinceLastSuccess = sinceLastSuccess
    self.eventTypes = eventTypes
    self.senderID = senderID
    self.conversationID = conversationID
    self.outcome = outcome
  }
}
