/// A business phone number on WhatsApp, as people and other services see it.
package struct Sender: Codable, Sendable, Equatable {
  /// Where the number comes from.
  package enum Origin: String, Codable, Sendable, CaseIterable {
    /// From the inventory; a machine answers Meta's verification call.
    case platform
    /// The business's own; a person reads the code.
    case external
    /// In use in the WhatsApp Business app, which keeps it.
    case coexistence
  }

  package var id: SenderID
  package var origin: Origin
  /// The inventory's number, for `platform`.
  package var numberID: NumberID?
  package var phoneNumber: PhoneNumber
  package var displayName: String
  package var status: SenderStatus
  /// Why the sender is not online and what to do; empty while online.
  package var reasons: [SenderReason]
  /// What needs attention although the sender may send.
  package var warnings: [SenderReason]
  /// False once somebody has switched the sender off by hand.
  package var isEnabled: Bool
  /// Meta's ids, known once connected.
  package var wabaID: String?
  package var phoneNumberID: String?
  /// The business portfolio, whose messaging limit all its numbers share.
  package var portfolioID: String?
  /// Meta's `GREEN`, `YELLOW`, `RED` or `UNKNOWN`; new values pass through.
  package var qualityRating: String?
  /// Meta's tier name, shared by the business portfolio.
  package var messagingLimit: String?
  /// Messages per second that Meta allows.
  package var throughput: Int?
  /// Meta's review of the display name: `APPROVED`, `PENDING_REVIEW`, `DECLINED` …; new values pass through.
  package var nameStatus: String?
  /// A display name that waits for Meta's review.
  package var requestedDisplayName: String?
  /// The assistant that answers, owned by `messaging-router`; absent where it was not asked.
  package var assistantID: AssistantID?
  package var aiEnabled: Bool?
  /// When Meta last told the number's state.
  package var stateReadAt: Timestamp?
  /// Counts up with every change; the `ETag`.
  package var version: Int64
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: SenderID, origin: Origin = .external, numberID: NumberID? = nil, phoneNumber: PhoneNumber, displayName: String,
    status: SenderStatus, reasons: [SenderReason], warnings: [SenderReason] = [], isEnabled: Bool = true,
    wabaID: String? = nil, phoneNumberID: String? = nil, portfolioID: String? = nil, qualityRating: String? = nil,
    messagingLimit: String? = nil, throughput: Int? = nil, nameStatus: String? = nil,
    requestedDisplayName: String? = nil, assistantID: AssistantID? = nil, aiEnabled: Bool? = nil,
    stateReadAt: Timestamp? = nil, version: Int64 = 1, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.origin = origin
    self.numberID = numberID
    self.phoneNumber = phoneNumber
    self.displayName = displayName
    self.status = status
    self.reasons = reasons
    self.warnings = warnings
    self.isEnabled = isEnabled
    self.wabaID = wabaID
    self.phoneNumberID = phoneNumberID
    self.portfolioID = portfolioID
    self.qualityRating = qualityRating
    self.messagingLimit = messagingLimit
    self.throughput = throughput
    self.nameStatus = nameStatus
    self.requestedDisplayName = requestedDisplayName
    self.assistantID = assistantID
    self.aiEnabled = aiEnabled
    self.stateReadAt = stateReadAt
    self.version = version
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
