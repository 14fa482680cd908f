package import Wire

/// What `sender-registry` answers.
package enum SenderRegistryAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] = [
    CreateSender.self, GetSender.self, ListSenders.self, UpdateSender.self, ConnectSender.self,
    ListOnboardingSteps.self,
    ReplicaChanges.self, RecordVerification.self,
  ]

  /// Endpoints of the REST API that are no calls.
  package static let rawEndpoints: [RawEndpoint] = []

  /// Creates a sender for a number the business owns.
  package struct CreateSender: Call {
    package static let method = "registry.sender.create"
    package static let summary = "Create a sender for a number that the business owns. It starts pending."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders", role: .operator, successStatus: 201)
    package typealias Reply = Sender
    package var phoneNumber: PhoneNumber
    /// 2 to 75 characters; Meta reviews it.
    package var displayName: String

    package init(phoneNumber: PhoneNumber, displayName: String) {
      self.phoneNumber = phoneNumber
      self.displayName = displayName
    }
  }

  /// One sender.
  package struct GetSender: Call {
    package static let method = "registry.sender.get"
    package static let summary = "One sender with its state, reasons and assistant."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}", role: .viewer)
    package typealias Reply = Sender
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Senders of the account, newest first.
  package struct ListSenders: Call {
    package static let method = "registry.sender.list"
    package static let summary = "Senders of the account, newest first."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders", role: .viewer)
    package typealias Reply = Page<Sender>
    package var status: SenderStatus?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(status: SenderStatus? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.status = status
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Changes what a person may change; absent fields stay.
  package struct UpdateSender: Call {
    package static let method = "registry.sender.update"
    package static let summary =
      "Bind or unbind an assistant, switch its answers on or off. Absent fields stay, null unbinds."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.patch, "/v1/senders/{id}", role: .operator)
    package typealias Reply = Sender
    package var id: SenderID
    package var assistantID: Patch<AssistantID>
    package var aiEnabled: Bool?

    package init(id: SenderID, assistantID: Patch<AssistantID> = .absent, aiEnabled: Bool? = nil) {
      self.id = id
      self.assistantID = assistantID
      self.aiEnabled = aiEnabled
    }
  }

  /// Takes what Embedded Signup returned and starts the onboarding steps.
  package struct ConnectSender: Call {
    package static let method = "registry.sender.connect"
    package static let summary =
      "Connect a sender with the code and ids that Embedded Signup returned. The code lives 30 seconds."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders/{id}/connect", role: .operator, successStatus: 202)
    package typealias Reply = Sender
    package var id: SenderID
    package var code: String
    package var wabaID: String
    /// Absent when the popup ended without a number: the number is then added to the WABA by API.
    package var phoneNumberID: String?
    package var businessID: String?

    package init(id: SenderID, code: String, wabaID: String, phoneNumberID: String?, businessID: String?) {
      self.id = id
      self.code = code
      self.wabaID = wabaID
      self.phoneNumberID = phoneNumberID
      self.businessID = businessID
    }
  }

  /// The onboarding steps of a sender and how each went.
  package struct ListOnboardingSteps: Call {
    package static let method = "registry.sender.steps"
    package static let summary = "The onboarding steps of a sender and how each went."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}/steps", role: .viewer)
    package typealias Reply = Page<OnboardingStep>
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

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
