/// Where a carrier finds this service: the paths below `PUBLIC_URL`.
enum VoiceEdge {
  /// An incoming call.
  static let voice = "/carrier/voice"
  /// What to do after a recording.
  static let action = "/carrier/action"
  /// A recording is there, or will never be.
  static let recordings = "/carrier/recordings"
  private static let root = "/carrier/"

  /// Whether a URL leads to this service.
  static func isOurs(_ url: String, publicURL: String) -> Bool { url.hasPrefix(publicURL + root) }
}
