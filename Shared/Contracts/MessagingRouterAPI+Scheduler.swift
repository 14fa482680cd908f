package import Wire

extension MessagingRouterAPI {
  /// What waits to be sent, and what stays unknown.
  package static let schedulerCalls: [any Call.Type] = []
}
