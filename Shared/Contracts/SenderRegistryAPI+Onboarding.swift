package import Wire

extension SenderRegistryAPI {
  /// Bringing a sender online.
  package static let onboardingCalls: [any Call.Type] = [
    ListRequirements.self, ConnectSender.self, ListOnboardingSteps.self, RecordSignupEvent.self, ListSignupEvents.self,
  ]

  /// What must be so before a sender can be connected.
  package struct ListRequirements: Call {
    package static let method = "registry.requirement.list"
    package static let summary = "What a number and this installation need before a sender can be connected."
    package static let details =
      "A checklist: what the number needs, which nobody but its owner can know, and what this installation has or "
      + "lacks, by the name of the setting."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/requirements", role: .viewer)
    package typealias Reply = Page<OnboardingRequirement>
    /// Default `external`.
    package var origin: Sender.Origin?

    package init(origin: Sender.Origin? = nil) { self.origin = origin }
  }

  /// Takes what Embedded Signup returned and starts the onboarding steps.
  package struct ConnectSender: Call {
    package static let method = "registry.sender.connect"
    package static let summary =
      "Connect a sender with the code and ids that Embedded Signup returned. The code lives 30 seconds."
    package static let details =
      "Stores the code and ids and answers at once; the steps run behind, survive a restart, and are seen under "
      + "/v1/senders/{id}/steps. On a sender that works the credentials it has are kept until the new ones have "
      + "proved to cover the same number."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders/{id}/connect", role: .operator, successStatus: 202)
    package typealias Reply = Sender
    package var id: SenderID
    package var code: String
    package var wabaID: String
    /// Absent when the popup ended without a number: the number is then found among the account's, or added by API.
    package var phoneNumberID: String?
    package var businessID: String?
    /// How the popup ended; default `FINISH`, or `FINISH_ONLY_WABA` without a `phone_number_id`.
    package var event: SignupFinish?

    package init(
      id: SenderID, code: String, wabaID: String, phoneNumberID: String?, businessID: String?,
      event: SignupFinish? = nil
    ) {
      self.id = id
      self.code = code
      self.wabaID = wabaID
      self.phoneNumberID = phoneNumberID
      self.businessID = businessID
      self.event = event
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

  /// Records that Meta's popup was left or failed.
  package struct RecordSignupEvent: Call {
    package static let method = "registry.signup_event.record"
    package static let summary = "Record that Meta's popup was cancelled or ended with an error."
    package static let details =
      "What the page heard from Meta's popup (CANCEL, ERROR). A sender that waits for its signup says afterwards "
      + "where the customer stopped. Longer texts are cut; the newest 200 events of a sender are kept."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(
      .post, "/v1/senders/{id}/signup-events", role: .operator, successStatus: 201)
    package typealias Reply = SignupEvent
    package var id: SenderID
    package var event: SignupEvent.Kind
    package var currentStep: String?
    package var errorMessage: String?
    package var errorCode: String?
    package var sessionID: String?
    package var version: String?

    package init(
      id: SenderID, event: SignupEvent.Kind, currentStep: String? = nil, errorMessage: String? = nil,
      errorCode: String? = nil, sessionID: String? = nil, version: String? = nil
    ) {
      self.id = id
      self.event = event
      self.currentStep = currentStep
      self.errorMessage = errorMessage
      self.errorCode = errorCode
      self.sessionID = sessionID
      self.version = version
    }
  }

  /// What Meta's popup told of a sender, newest first.
  package struct ListSignupEvents: Call {
    package static let method = "registry.signup_event.list"
    package static let summary = "What Meta's popup told of a sender, newest first."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}/signup-events", role: .viewer)
    package typealias Reply = Page<SignupEvent>
    package var id: SenderID
    package var limit: Int?
    package var cursor: String?

    package init(id: SenderID, limit: Int? = nil, cursor: String? = nil) {
      self.id = id
      self.limit = limit
      self.cursor = cursor
    }
  }
}
