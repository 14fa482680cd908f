package import JSON

/// A button of a template, in the shape Meta documents; what is set depends on `type`.
package struct TemplateButton: Codable, Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case quickReply = "quick_reply"
    case url
    case phoneNumber = "phone_number"
    case copyCode = "copy_code"
    case otp
    case flow
    case catalog
    case mpm
    case spm
    case voiceCall = "voice_call"
    case callPermissionRequest = "call_permission_request"
    case requestContactInfo = "request_contact_info"
    /// A kind that this version does not know: all of it is in `raw`.
    case other
  }

  package enum OneTimeCode: String, Sendable, CaseIterable {
    case copyCode = "copy_code"
    case oneTap = "one_tap"
    case zeroTap = "zero_tap"
  }

  /// An app that takes the code over by itself.
  package struct App: Codable, Sendable, Equatable {
    package var packageName: String
    package var signatureHash: String

    package init(packageName: String, signatureHash: String) {
      self.packageName = packageName
      self.signatureHash = signatureHash
    }
  }

  package var type: Kind
  /// What is on it, at most 25 characters.
  package var text: String?
  /// May end with one variable.
  package var url: String?
  package var phoneNumber: String?
  /// One value: the whole URL with its variable filled, or a code of at most 15 characters.
  package var example: [String]?
  package var otpType: OneTimeCode?
  package var autofillText: String?
  package var supportedApps: [App]?
  package var zeroTapTermsAccepted: Bool?
  package var flowID: String?
  package var flowName: String?
  package var flowJSON: String?
  package var flowAction: String?
  package var navigateScreen: String?
  /// Of a voice call button: how long the customer may call by it.
  package var ttlMinutes: Int?
  /// Meta's own JSON of a button whose type is not known here.
  package var raw: JSONValue?

  package init(
    _ type: Kind, text: String? = nil, url: String? = nil, phoneNumber: String? = nil, example: [String]? = nil,
    otpType: OneTimeCode? = nil, raw: JSONValue? = nil
  ) {
    self.type = type
    self.text = text
    self.url = url
    self.phoneNumber = phoneNumber
    self.example = example
    self.otpType = otpType
    self.raw = raw
  }

  /// As Meta does, it takes an example as a text or as a list of one.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decode(Kind.self, forKey: .type)
    text = try container.decodeIfPresent(String.self, forKey: .text)
    url = try container.decodeIfPresent(String.self, forKey: .url)
    phoneNumber = try container.decodeIfPresent(String.self, forKey: .phoneNumber)
    do {
      example = try container.decodeIfPresent([String].self, forKey: .example)
    } catch {
      example = [try container.decode(String.self, forKey: .example)]
    }
    otpType = try container.decodeIfPresent(OneTimeCode.self, forKey: .otpType)
    autofillText = try container.decodeIfPresent(String.self, forKey: .autofillText)
    supportedApps = try container.decodeIfPresent([App].self, forKey: .supportedApps)
    zeroTapTermsAccepted = try container.decodeIfPresent(Bool.self, forKey: .zeroTapTermsAccepted)
    flowID = try container.decodeIfPresent(String.self, forKey: .flowID)
    flowName = try container.decodeIfPresent(String.self, forKey: .flowName)
    flowJSON = try container.decodeIfPresent(String.self, forKey: .flowJSON)
    flowAction = try container.decodeIfPresent(String.self, forKey: .flowAction)
    navigateScreen = try container.decodeIfPresent(String.self, forKey: .navigateScreen)
    ttlMinutes = try container.decodeIfPresent(Int.self, forKey: .ttlMinutes)
    raw = try container.decodeIfPresent(JSONValue.self, forKey: .raw)
  }
}

extension TemplateButton.Kind: Codable {
  package init(from decoder: any Decoder) throws { self = try TemplateWord.decode(from: decoder) }
}

extension TemplateButton.OneTimeCode: Codable {
  package init(from decoder: any Decoder) throws { self = try TemplateWord.decode(from: decoder) }
}
