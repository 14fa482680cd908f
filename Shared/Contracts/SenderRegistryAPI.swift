package import Wire

/// What `sender-registry` answers, a file per noun.
package enum SenderRegistryAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] =
    senderCalls
    + stateCalls
    + qualityCalls
    + eventCalls
    + onboardingCalls
    + onboardingLinkCalls
    + accessCalls
    + numberCalls
    + profileCalls
    + serviceCalls

  /// Endpoints of the REST API that are no calls.
  package static let rawEndpoints: [RawEndpoint] =
    [describeAPI]
    + onboardingEndpoints
    + profileEndpoints
}
