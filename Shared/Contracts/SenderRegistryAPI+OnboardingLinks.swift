package import Wire

extension SenderRegistryAPI {
  /// Links for people without an API key.
  package static let onboardingLinkCalls: [any Call.Type] = [
    CreateOnboardingLink.self, GetOnboardingLink.self, ListOnboardingLinks.self, RevokeOnboardingLink.self,
  ]

  /// Makes a link for the customer of an agency.
  package struct CreateOnboardingLink: Call {
    package static let method = "registry.onboarding_link.create"
    package static let summary = "Make a link with which somebody without an API key connects a sender, once."
    package static let details =
      "The link's page shows the number and the checklist and opens Meta's popup. Its url is shown in this answer "
      + "only; of its token only a hash is stored. It is spent by the first connect it hands in, not by being looked at."
    /// Whoever has the url may connect the sender.
    package static let secretFields: Set<String> = ["url"]
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/onboarding-links", role: .operator, successStatus: 201)
    package typealias Reply = OnboardingLink
    package var senderID: SenderID
    /// 1 to 720, default 72.
    package var expiresInHours: Int?
    /// For the account's own people, at most 200 characters; the page does not show it.
    package var note: String?

    package init(senderID: SenderID, expiresInHours: Int? = nil, note: String? = nil) {
      self.senderID = senderID
      self.expiresInHours = expiresInHours
      self.note = note
    }
  }

  /// One link.
  package struct GetOnboardingLink: Call {
    package static let method = "registry.onboarding_link.get"
    package static let summary = "One onboarding link, without its url."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/onboarding-links/{id}", role: .viewer)
    package typealias Reply = OnboardingLink
    package var id: LinkID

    package init(id: LinkID) { self.id = id }
  }

  /// Links of the account, newest first.
  package struct ListOnboardingLinks: Call {
    package static let method = "registry.onboarding_link.list"
    package static let summary = "Onboarding links of the account, newest first."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/onboarding-links", role: .viewer)
    package typealias Reply = Page<OnboardingLink>
    package var senderID: SenderID?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(senderID: SenderID? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.senderID = senderID
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Makes a link useless; one that was used stays used.
  package struct RevokeOnboardingLink: Call {
    package static let method = "registry.onboarding_link.revoke"
    package static let summary = "Revoke an onboarding link. It stays in the list."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.delete, "/v1/onboarding-links/{id}", role: .operator)
    package typealias Reply = OnboardingLink
    package var id: LinkID

    package init(id: LinkID) { self.id = id }
  }

  /// The page behind a link, and what it asks. The token in the path is all they need.
  package static let onboardingEndpoints: [RawEndpoint] = [
    onboardingPage, onboardingStatus, onboardingConnect, onboardingEvent,
  ]

  private static let token: [String: any (Codable & Sendable).Type] = ["token": String.self]

  package static let onboardingPage = RawEndpoint(
    "onboarding.page", Route(.get, "/onboard/{token}", role: .viewer), isPublic: true,
    summary: "The page of an onboarding link.",
    details: "A page for people: the number, the checklist and Meta's popup. 410 when the link is used, revoked or "
      + "expired.", parameters: token, answer: .content(["text/html"]))

  package static let onboardingStatus = RawEndpoint(
    "onboarding.status", Route(.get, "/onboard/{token}/status", role: .viewer), isPublic: true,
    summary: "How the onboarding of a link's sender goes.",
    details: "What the page shows while the steps run; answered for a day after the link was used.",
    parameters: token, answer: .json(OnboardingProgress.self))

  package static let onboardingConnect = RawEndpoint(
    "onboarding.connect", Route(.post, "/onboard/{token}/connect", role: .viewer, successStatus: 202), isPublic: true,
    summary: "Hand in what Meta's popup returned to a link's page.",
    details: "As registry.sender.connect, for the link's sender. Spends the link.", parameters: token,
    accepts: ["application/json"],
    bodyOf: ConnectSender.self, maximumBytes: 8 << 10, answer: .json(OnboardingProgress.self))

  package static let onboardingEvent = RawEndpoint(
    "onboarding.event", Route(.post, "/onboard/{token}/events", role: .viewer, successStatus: 201), isPublic: true,
    summary: "Record that Meta's popup was left or failed on a link's page.",
    details: "As registry.signup_event.record, for the link's sender.", parameters: token,
    accepts: ["application/json"],
    bodyOf: RecordSignupEvent.self, maximumBytes: 8 << 10, answer: .json(OnboardingProgress.self))
}
