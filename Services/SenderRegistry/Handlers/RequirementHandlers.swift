import Contracts
import Wire

/// The checklist before a connect.
struct RequirementHandlers: Sendable {
  let checklist: Checklist

  func list(
    _ call: SenderRegistryAPI.ListRequirements, _ context: CallContext
  ) async throws -> Page<OnboardingRequirement> {
    _ = try context.accountID
    return Page(data: checklist.items(call.origin ?? .external), nextCursor: nil)
  }
}

extension Checklist {
  init(_ settings: SenderRegistrySettings) {
    self.init(
      configuration: Configuration(
        appID: settings.metaAppID, hasConfigID: settings.signup.configID != nil, publicURL: settings.signup.publicURL,
        partnerMode: settings.partnerMode, hasBusinessID: settings.metaBusinessID != nil,
        hasSystemToken: settings.metaSystemToken != nil, overrideURL: settings.signup.overrideURL,
        hasCreditLine: settings.signup.creditLineID != nil))
  }
}
