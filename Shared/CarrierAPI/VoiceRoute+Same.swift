extension VoiceRoute {
  /// Whether calls go the same way by both. Carriers fill in the method of a URL that is not there, and spell methods
  /// as they like.
  package func isSame(as other: VoiceRoute) -> Bool {
    url == other.url && applicationSID == other.applicationSID && trunkSID == other.trunkSID
      && fallbackURL == other.fallbackURL && Self.isSame(receiveMode, other.receiveMode)
      && (url.isEmpty || Self.isSame(method, other.method))
      && (fallbackURL.isEmpty || Self.isSame(fallbackMethod, other.fallbackMethod))
  }

  /// Calls go to the URL: neither an application nor a trunk takes them.
  package var isByURL: Bool { applicationSID.isEmpty && trunkSID.isEmpty }

  static func isSame(_ one: String, _ other: String) -> Bool { one.uppercased() == other.uppercased() }
}
