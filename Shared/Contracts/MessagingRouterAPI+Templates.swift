package import Wire

extension MessagingRouterAPI {
  /// Templates: what may be sent outside of the window.
  package static let templateCalls: [any Call.Type] = []
}
