package import Crypto
package import Outbound

/// Where a carrier with Twilio's REST API is found, and who asks it.
package struct CarrierSettings: Sendable {
  /// `https://api.twilio.com`, or the sandbox's address.
  package var baseURL: String
  /// `AC` and 32 hexadecimal digits at Twilio; other carriers spell theirs otherwise.
  package var accountSID: String
  package var authToken: Secret
  package var limits: OutboundLimits

  package init(
    baseURL: String, accountSID: String, authToken: Secret,
    limits: OutboundLimits = OutboundLimits(responseBytes: 1 << 20)
  ) {
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.accountSID = accountSID
    self.authToken = authToken
    self.limits = limits
  }

  /// What an operator gave: account and token go together. Nil where there is neither, and after a refusal, which names
  /// the setting and says what is wrong with it.
  package init?(
    baseURL: String, accountSID: String?, authToken: Secret?,
    limits: OutboundLimits = OutboundLimits(responseBytes: 1 << 20), refuse: (_ setting: String, _ why: String) -> Void
  ) {
    if accountSID == nil, authToken == nil { return nil }
    guard let accountSID, Self.isAccountSID(accountSID) else {
      refuse("CARRIER_ACCOUNT_SID", "expected the account's id: letters, digits and dashes")
      return nil
    }
    guard let authToken else {
      refuse("CARRIER_AUTH_TOKEN_FILE", "CARRIER_ACCOUNT_SID needs it")
      return nil
    }
    self.init(baseURL: baseURL, accountSID: accountSID, authToken: authToken, limits: limits)
  }

  /// Whether a text can be an account's id: it becomes part of a URL and of the credentials.
  package static func isAccountSID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
