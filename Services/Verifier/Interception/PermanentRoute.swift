import CarrierAPI
import Contracts

/// Which numbers can have their calls come here for good: those whose normal calls can be sent on.
enum PermanentRoute {
  /// Why this normal route does not allow it; nil when it does.
  static func refusal(of route: VoiceRoute) -> SenderReason? {
    if !route.isByURL { return .routeNotURL }
    return route.url.isEmpty ? .routeEmpty : nil
  }
}
