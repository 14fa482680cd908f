/// A business phone number on WhatsApp, as people and other services see it.
package struct Sender: Codable, Sendable, Equatable {
  package var id: SenderID
  package var phoneNumber: PhoneNumber
  package var displayName: String
  package var status: SenderStatus
  /// Why the sender is not online and what to do; empty while online.
  package var reasons: [SenderReason]
  /// Meta's ids, known once connected.
  package var wabaID: String?
  package var phoneNumberID: String?
  /// Meta's `GREEN`, `YELLOW`, `RED` or `UNKNOWN`; new values pass through.
  package var qualityRating: String?
  /// Meta's tier name, shared by the business portfolio.
  package var messagingLimit: String?
  /// The assistant that answers, owned by `messaging-router`; absent where it was not asked.
  package var assistantID: AssistantID?
  package var aiEnabled: Bool?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: SenderID, phoneNumber: PhoneNumber, displayName: String, status: SenderStatus, reasons: [SenderReason],
    wabaID: String? = nil, phoneNumberID: String? = nil, qualityRating: String? = nil, messagingLimit: String? = nil,
    assistantID: AssistantID? = nil, aiEnabled: Bool? = nil, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.phoneNumber = phoneNumber
    self.displayName = displayName
    self.status = status
    self.reasons = reasons
    self.wabaID = wabaID
    self.phoneNumberID = phoneNumberID
    self.qualityRating = qualityRating
    self.messagingLimit = messagingLimit
    self.assistantID = assistantID
    self.aiEnabled = aiEnabled
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// The six states of a sender. Only `online` sends.
package enum SenderStatus: String, Codable, Sendable, CaseIterable {
  /// Created, or waiting for a step that a person or Meta must take.
  case pending
  /// Onboarding steps are running.
  case connecting
  case online
  /// Disconnected at Meta, or switched off by hand.
  case offline
  /// Meta has restricted or banned the number.
  case suspended
  /// Onboarding ended with an error that needs a decision.
  case failed
}

/// Why a sender is not online, in a form that code and people can act on.
package struct SenderReason: Codable, Sendable, Equatable {
  /// Stable `UPPER_SNAKE`.
  package var code: String
  package var message: String
  package var nextStep: String

  package init(code: String, message: String, nextStep: String) {
    self.code = code
    self.message = message
    self.nextStep = nextStep
  }
}
