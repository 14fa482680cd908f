/// A number the carrier's account holds. A value.
package struct CarrierNumber: Sendable, Equatable {
  package let sid: String
  package let phone: PhoneDigits
  package var friendlyName: String
  /// The fields of its voice route, by Twilio's names for them in a form.
  package var route: [String: String]
  /// A call to it runs now.
  package var isInCall = false

  /// The fields of a form that make the route, and what the answer calls each.
  static let fields: [(form: String, answer: String)] = [
    ("VoiceUrl", "voice_url"), ("VoiceMethod", "voice_method"), ("VoiceFallbackUrl", "voice_fallback_url"),
    ("VoiceFallbackMethod", "voice_fallback_method"), ("VoiceApplicationSid", "voice_application_sid"),
    ("TrunkSid", "trunk_sid"), ("VoiceReceiveMode", "voice_receive_mode"),
  ]

  init(sid: String, phone: PhoneDigits, friendlyName: String) {
    self.sid = sid
    self.phone = phone
    self.friendlyName = friendlyName
    route = ["VoiceMethod": "POST", "VoiceFallbackMethod": "POST", "VoiceReceiveMode": "voice"]
  }

  /// Takes over what a form names.
  mutating func change(_ form: [String: String]) {
    for (name, _) in Self.fields { if let value = form[name] { route[name] = value } }
    if let name = form["FriendlyName"] { friendlyName = name }
  }
}

/// A number the carrier would sell. A value.
package struct CarrierOffer: Sendable, Equatable {
  package let phone: PhoneDigits
  /// ISO 3166 alpha-2.
  package var country: String
  /// `Local`, `Mobile`, `National`, `TollFree`.
  package var type: String
  /// `none`, `any`, `local`, `foreign`.
  package var addressRequirements: String
}
