import HTTP

/// How the carrier spells what it has, and reads what it is sent.
extension ScriptedCarrier {
  static func text(_ recording: Recording) -> String {
    """
    {"sid":"\(recording.sid)","call_sid":"\(recording.callSID)","status":"completed","duration":"12","channels":1}
    """
  }

  static func text(_ number: Number, hidesRoute: Bool = false) -> String {
    let route = number.route
    func optional(_ name: String) -> String { route[name].map { $0.isEmpty ? "null" : "\"\($0)\"" } ?? "null" }
    return """
      {"sid":"\(number.sid)","phone_number":"\(number.phoneNumber)","friendly_name":"\(number.friendlyName)",\
      \(hidesRoute ? "" : "\"voice_url\":\"\(route["VoiceUrl"] ?? "")\",")"voice_method":"\(route["VoiceMethod"] ?? "POST")",\
      "voice_fallback_url":"\(route["VoiceFallbackUrl"] ?? "")",\
      "voice_fallback_method":\(optional("VoiceFallbackMethod")),\
      "voice_application_sid":\(optional("VoiceApplicationSid")),"trunk_sid":\(optional("TrunkSid")),\
      "voice_receive_mode":\(optional("VoiceReceiveMode")),"capabilities":{"voice":true,"sms":true}}
      """
  }

  static func offer(_ phoneNumber: String, _ country: String) -> String {
    """
    {"phone_number":"\(phoneNumber)","friendly_name":"\(phoneNumber)","iso_country":"\(country)","region":"CA",\
    "locality":null,"address_requirements":"none","capabilities":{"voice":true,"SMS":true}}
    """
  }

  static func error(_ code: Int, _ message: String, _ status: Int) -> HTTPResponse {
    .json(
      "{\"code\":\(code),\"message\":\"\(message)\",\"more_info\":\"https://example.com\",\"status\":\(status)}",
      status: status)
  }

  /// A form as this module's client writes it.
  static func form(_ body: [UInt8]) -> [String: String] {
    var fields: [String: String] = [:]
    for field in String(decoding: body, as: UTF8.self).split(separator: "&") {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { fields[decode(parts[0])] = decode(parts[1]) }
    }
    return fields
  }

  static func decode(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest.removeFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension HTTPResponse {
  static func json(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, bytes: Array(text.utf8), contentType: "application/json")
  }
}
