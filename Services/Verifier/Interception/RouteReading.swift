import CarrierAPI

/// What a route read at the carrier says, beside the one that was there before and ours.
enum RouteReading: Sendable, Equatable {
  /// As before.
  case original
  /// Exactly ours: calls come here, and go to the normal URL when nobody answers.
  case ours
  /// Something of both, or to our URL with other surroundings: a change that went half-way.
  case mixed
  /// Somebody else has changed it.
  case foreign

  /// `earlierURLs` are those that calls were sent to by other settings of this service.
  static func of(
    _ route: VoiceRoute, original: VoiceRoute, ours: VoiceRoute, earlierURLs: some Collection<String> = []
  ) -> Self {
    if route.isSame(as: ours) { return .ours }
    if route.isSame(as: original) { return .original }
    // Calls come here, so they must be given back, whatever else was changed.
    if route.isByURL, route.url == ours.url || earlierURLs.contains(route.url) { return .mixed }
    let isMixed =
      ([original.url, ours.url].contains(route.url) || earlierURLs.contains(route.url))
      && [original.fallbackURL, ours.fallbackURL].contains(route.fallbackURL)
      && [original.applicationSID, ""].contains(route.applicationSID)
      && [original.trunkSID, ""].contains(route.trunkSID)
    return isMixed ? .mixed : .foreign
  }
}

extension VoiceRoute {
  /// The route that brings calls to `url` and, should nobody answer there, to the number's normal URL. Where an
  /// application or a trunk takes the calls there is no such URL.
  func intercepted(by url: String) -> VoiceRoute {
    isByURL
      ? VoiceRoute(url: url, fallbackURL: self.url, fallbackMethod: self.url.isEmpty ? "POST" : method)
      : VoiceRoute(url: url)
  }

  /// Whether a dead verifier would cost the number's normal calls.
  var hasNoFallback: Bool { !isByURL }
}
