package import Wire

extension SenderRegistryAPI {
  /// Bringing a sender online.
  package static let onboardingCalls: [any Call.Type] = [
    ConnectSender.self, ListOnboardingSteps.self,
  ]

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
}
