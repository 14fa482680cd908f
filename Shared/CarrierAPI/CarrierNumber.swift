import JSON

/// A number the carrier's account holds.
package struct CarrierNumber: Sendable, Equatable {
  /// `PN` and 32 hexadecimal digits at Twilio.
  package var sid: String
  /// E.164.
  package var phoneNumber: String
  package var friendlyName: String
  package var hasVoice: Bool
  package var hasSMS: Bool
  /// Nil when the carrier's answer does not tell it.
  package var route: VoiceRoute?

  /// The route, where one must be known.
  package func knownRoute() throws(CarrierFailure) -> VoiceRoute {
    guard let route else { throw .unknown("the carrier's answer does not tell the number's voice_url") }
    return route
  }

  init?(_ node: JSONNode) {
    guard let sid = node["sid"]?.string, CarrierSettings.isAccountSID(sid),
      let phoneNumber = node["phone_number"]?.string, !phoneNumber.isEmpty
    else { return nil }
    self.sid = sid
    self.phoneNumber = phoneNumber
    friendlyName = node["friendly_name"]?.string ?? ""
    (hasVoice, hasSMS) = Self.capabilities(node["capabilities"])
    route = VoiceRoute(node)
  }

  /// Twilio spells the names small for numbers it holds and `SMS` for those it offers.
  static func capabilities(_ node: JSONNode?) -> (voice: Bool, sms: Bool) {
    (node?["voice"]?.bool ?? false, node?["sms"]?.bool ?? node?["SMS"]?.bool ?? false)
  }
}

/// A number the carrier would sell.
package struct AvailableCarrierNumber: Sendable, Equatable {
  /// E.164.
  package var phoneNumber: String
  package var friendlyName: String
  /// ISO 3166 alpha-2.
  package var country: String
  package var region: String?
  package var locality: String?
  /// `none`, `any`, `local` or `foreign`: the address the carrier wants to know before it sells.
  package var addressRequirements: String?
  package var hasVoice: Bool
  package var hasSMS: Bool

  init?(_ node: JSONNode) {
    guard let phoneNumber = node["phone_number"]?.string, !phoneNumber.isEmpty else { return nil }
    self.phoneNumber = phoneNumber
    friendlyName = node["friendly_name"]?.string ?? phoneNumber
    country = node["iso_country"]?.string ?? ""
    region = node["region"]?.string
    locality = node["locality"]?.string
    addressRequirements = node["address_requirements"]?.string
    (hasVoice, hasSMS) = CarrierNumber.capabilities(node["capabilities"])
  }
}
