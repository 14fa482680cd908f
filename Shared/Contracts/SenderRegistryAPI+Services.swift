package import Wire

extension SenderRegistryAPI {
  /// What other services ask of the registry and tell it.
  package static let serviceCalls: [any Call.Type] = [
    ReplicaChanges.self, RecordVerification.self, RecordAccountEvent.self, RecordMetaEvents.self,
  ]

  /// Changes of senders after a position; waits for one when there is none yet.
  package struct ReplicaChanges: Call {
    package static let method = "registry.replica.changes"
    package static let summary = "Changes of senders after a position, for the replicas of other services."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.verifier, .messagingRouter, .receipts]
    /// The epoch the caller knows; absent or unknown asks for a full snapshot.
    package var epoch: String?
    package var after: Int64
    /// 1 to 500.
    package var limit: Int
    /// How long to wait for a change, at most 20,000.
    package var waitMilliseconds: Int

    package struct Reply: Codable, Sendable {
      package var epoch: String
      /// True when `changes` starts over from nothing: the caller drops senders the snapshot does not name.
      package var isSnapshot: Bool
      package var changes: [ReplicaChange]
      /// False when more is waiting: ask again at once.
      package var isComplete: Bool

      package init(epoch: String, isSnapshot: Bool, changes: [ReplicaChange], isComplete: Bool) {
        self.epoch = epoch
        self.isSnapshot = isSnapshot
        self.changes = changes
        self.isComplete = isComplete
      }
    }

    package init(epoch: String?, after: Int64, limit: Int, waitMilliseconds: Int) {
      self.epoch = epoch
      self.after = after
      self.limit = limit
      self.waitMilliseconds = waitMilliseconds
    }
  }

  /// Tells the registry how a verification ended, or what it waits for. Idempotent by event id.
  package struct RecordVerification: Call {
    package static let method = "registry.verification.record"
    package static let summary = "Record how a verification ended."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.verifier]
    package var eventID: EventID
    package var verificationID: VerificationID
    package var senderID: SenderID
    package var isVerified: Bool
    package var reason: SenderReason?
    /// Where it stands; absent from a verifier that does not tell it yet: it has ended.
    package var state: Verification.State?
    package var method: Verification.Method?

    package struct Reply: Codable, Sendable {
      package init() {}
    }

    package init(
      eventID: EventID, verificationID: VerificationID, senderID: SenderID, isVerified: Bool, reason: SenderReason?,
      state: Verification.State? = nil, method: Verification.Method? = nil
    ) {
      self.eventID = eventID
      self.verificationID = verificationID
      self.senderID = senderID
      self.isVerified = isVerified
      self.reason = reason
      self.state = state
      self.method = method
    }
  }

  /// Hands over something an account should know of. Idempotent by event id.
  package struct RecordAccountEvent: Call {
    package static let method = "registry.event.record"
    package static let summary = "Record something an account should know of."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.verifier, .receipts]
    package var eventID: EventID
    /// Absent when it is about no sender.
    package var senderID: SenderID?
    /// Whose sender it is, or was: without a sender, or of one that is gone, the account is told by this.
    package var accountID: AccountID?
    /// For example `verification.needs_a_listener`.
    package var kind: String
    package var severity: AccountEvent.Severity
    /// For people; names the next step where there is one. At most 1,000 characters are kept.
    package var message: String

    package struct Reply: Codable, Sendable {
      package init() {}
    }

    package init(
      eventID: EventID, senderID: SenderID?, accountID: AccountID?, kind: String, severity: AccountEvent.Severity,
      message: String
    ) {
      self.eventID = eventID
      self.senderID = senderID
      self.accountID = accountID
      self.kind = kind
      self.severity = severity
      self.message = message
    }
  }

  /// Hands over what Meta's webhooks told of accounts and numbers. Idempotent by event id; answers after the commit.
  package struct RecordMetaEvents: Call {
    package static let method = "registry.meta.record"
    package static let summary = "Record what Meta told of accounts and numbers, and act on it."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.messagingRouter]

    /// The longest value of an event, in bytes.
    package static let maximumValueBytes = 64 << 10

    /// One change of a webhook, of any field but messages.
    package struct Event: Codable, Sendable, Equatable {
      /// The same for the same change of the same webhook, however often it is delivered.
      package var eventID: EventID
      package var wabaID: String
      /// Meta's field, for example `account_update`.
      package var field: String
      /// Meta's JSON, as it came.
      package var value: String
      package var receivedAt: Timestamp

      package init(eventID: EventID, wabaID: String, field: String, value: String, receivedAt: Timestamp) {
        self.eventID = eventID
        self.wabaID = wabaID
        self.field = field
        self.value = value
        self.receivedAt = receivedAt
      }
    }

    /// What became of one event.
    package enum Outcome: String, Codable, Sendable, CaseIterable {
      case stored
      case known
      case refused
    }

    package struct Reply: Codable, Sendable {
      /// One for each event, in order.
      package var outcomes: [Outcome]

      package init(outcomes: [Outcome]) { self.outcomes = outcomes }
    }

    /// At most 256.
    package var events: [Event]

    package init(events: [Event]) { self.events = events }
  }
}
