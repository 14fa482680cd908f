package import Wire

extension MessagingRouterAPI {
  /// One template to many.
  package static let broadcastCalls: [any Call.Type] = []
}
