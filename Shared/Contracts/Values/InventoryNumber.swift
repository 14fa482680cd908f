/// A phone number of the account's inventory: bought at the carrier, imported from it, or entered by hand.
package struct InventoryNumber: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// Takes calls from everywhere: the only kind that WhatsApp verifies.
    case normal
    /// Reached through a SIP trunk.
    case sip
    /// Shown to those who are called, nothing more.
    case callerID = "caller_id"
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    /// The carrier is being asked for it.
    case buying
    case active
    /// The carrier is being told to take it back.
    case releasing
    case released
    /// It could not be bought.
    case failed
  }

  /// What the carrier says the number can do.
  package struct Capabilities: Codable, Sendable, Equatable {
    package var voice: Bool
    package var sms: Bool

    package init(voice: Bool, sms: Bool) {
      self.voice = voice
      self.sms = sms
    }
  }

  package var id: NumberID
  package var phoneNumber: PhoneNumber
  package var kind: Kind
  /// ISO 3166 alpha-2.
  package var country: String
  package var nickname: String?
  /// `manual`, or the carrier's name.
  package var provider: String
  package var state: State
  /// Why buying or releasing is not done yet, or failed.
  package var reason: SenderReason?
  package var capabilities: Capabilities
  /// The sender that uses the number.
  package var senderID: SenderID?
  /// Whether a sender may be created with it: `normal`, `active`, and not used by WhatsApp.
  package var isAvailable: Bool
  /// Counts up with every change; the `ETag`.
  package var version: Int64
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: NumberID, phoneNumber: PhoneNumber, kind: Kind, country: String, nickname: String?, provider: String,
    state: State, reason: SenderReason?, capabilities: Capabilities, senderID: SenderID?, isAvailable: Bool,
    version: Int64, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.phoneNumber = phoneNumber
    self.kind = kind
    self.country = country
    self.nickname = nickname
    self.provider = provider
    self.state = state
    self.reason = reason
    self.capabilities = capabilities
    self.senderID = senderID
    self.isAvailable = isAvailable
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// A number that the carrier offers for sale.
package struct AvailableNumber: Codable, Sendable, Equatable {
  /// What the carrier calls the number's place in the plan.
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case local
    case mobile
    case national
    case tollFree = "toll_free"
  }

  package var phoneNumber: PhoneNumber
  /// ISO 3166 alpha-2.
  package var country: String
  package var type: Kind
  package var region: String?
  package var locality: String?
  /// `none`, `any`, `local` or `foreign`: the address the carrier wants on file before it sells; new values may come.
  package var addressRequirements: String?
  package var capabilities: InventoryNumber.Capabilities

  package init(
    phoneNumber: PhoneNumber, country: String, type: Kind, region: String?, locality: String?,
    addressRequirements: String?, capabilities: InventoryNumber.Capabilities
  ) {
    self.phoneNumber = phoneNumber
    self.country = country
    self.type = type
    self.region = region
    self.locality = locality
    self.addressRequirements = addressRequirements
    self.capabilities = capabilities
  }
}
