package import Wire

extension MessagingRouterAPI {
  /// Sending and reading messages.
  package static let messageCalls: [any Call.Type] = []
}
