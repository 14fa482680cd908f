package import Wire

extension SenderRegistryAPI {
  /// What other services ask of the registry and tell it.
  package static let serviceCalls: [any Call.Type] = [
    ReplicaChanges.self, RecordVerification.self,
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

  /// Tells the registry how a verification ended. Idempotent by event id.
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

    package struct Reply: Codable, Sendable {
      package init() {}
    }

    package init(
      eventID: EventID, verificationID: VerificationID, senderID: SenderID, isVerified: Bool, reason: SenderReason?
    ) {
      self.eventID = eventID
      self.verificationID = verificationID
      self.senderID = senderID
      self.isVerified = isVerified
      self.reason = reason
    }
  }
}
