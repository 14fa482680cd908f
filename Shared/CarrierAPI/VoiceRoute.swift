import JSON

/// Where a number's calls go. The URLs count only while application and trunk are empty (Twilio's numbers API), so a
/// route is read and written whole.
package struct VoiceRoute: Codable, Sendable, Equatable {
  package var url: String
  /// `GET` or `POST`.
  package var method: String
  package var fallbackURL: String
  package var fallbackMethod: String
  package var applicationSID: String
  package var trunkSID: String
  /// `voice` or `fax`.
  package var receiveMode: String

  package init(
    url: String, method: String = "POST", fallbackURL: String = "", fallbackMethod: String = "POST",
    applicationSID: String = "", trunkSID: String = "", receiveMode: String = "voice"
  ) {
    self.url = url
    self.method = method
    self.fallbackURL = fallbackURL
    self.fallbackMethod = fallbackMethod
    self.applicationSID = applicationSID
    self.trunkSID = trunkSID
    self.receiveMode = receiveMode
  }

  /// A number's route as the carrier tells it; nil when it does not: `null` is an empty URL, none at all is no answer,
  /// and must never be taken for what calls are later given back to.
  init?(_ node: JSONNode) {
    guard let url = node["voice_url"], url.isNull || url.string != nil else { return nil }
    func text(_ name: String) -> String { node[name]?.string ?? "" }
    self.init(
      url: text("voice_url"), method: node["voice_method"]?.string ?? "POST", fallbackURL: text("voice_fallback_url"),
      fallbackMethod: node["voice_fallback_method"]?.string ?? "POST", applicationSID: text("voice_application_sid"),
      trunkSID: text("trunk_sid"), receiveMode: node["voice_receive_mode"]?.string ?? "voice")
  }

  /// The fields of an update; an empty value clears.
  var form: [(name: String, value: String)] {
    [
      ("VoiceUrl", url), ("VoiceMethod", method), ("VoiceFallbackUrl", fallbackURL),
      ("VoiceFallbackMethod", fallbackMethod), ("VoiceApplicationSid", applicationSID), ("TrunkSid", trunkSID),
      ("VoiceReceiveMode", receiveMode),
    ]
  }
}
