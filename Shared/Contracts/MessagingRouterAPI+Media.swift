package import Wire

extension MessagingRouterAPI {
  /// Pictures, sounds, videos and documents.
  package static let mediaCalls: [any Call.Type] = []
}
