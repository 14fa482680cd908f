package import Wire

extension MessagingRouterAPI {
  /// Customers and what they want to hear of.
  package static let contactCalls: [any Call.Type] = []
}
