package import Wire

extension SenderRegistryAPI {
  /// What customers see of a sender.
  package static let profileCalls: [any Call.Type] = [
    GetProfile.self, UpdateProfile.self, SyncProfile.self, DeleteLogo.self, ListProfileCategories.self,
  ]

  /// The profile of a sender.
  package struct GetProfile: Call {
    package static let method = "registry.profile.get"
    package static let summary = "The profile of a sender: what is set here, what Meta has taken, what differs there."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}/profile", role: .viewer)
    package typealias Reply = SenderProfile
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Changes the profile: absent fields stay, null unsets. Answers after Meta did, or after five seconds.
  package struct UpdateProfile: Call {
    package static let method = "registry.profile.update"
    package static let summary = "Change the profile. Absent fields stay, null unsets a field."
    package static let details = """
      Changes the profile that customers see. Absent fields stay as they are, null unsets one. A sender that is online \
      sends the changed fields to Meta at once, and the answer shows what came of it after at most five seconds; \
      otherwise they wait until it is online. Meta's refusals are shown as they are, and what was entered is kept. \
      Banner, phone contacts and further emails are kept here only: WhatsApp has no place for them. Setting a field \
      that Meta shows differently decides for the value given here.
      """
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(15)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.patch, "/v1/senders/{id}/profile", role: .operator)
    package typealias Reply = SenderProfile
    package var id: SenderID
    package var ifVersion: Int64?
    /// 1 to 139 characters. WhatsApp does not let it be empty once it is set.
    package var about: Patch<String> = .absent
    /// At most 512 characters.
    package var description: Patch<String> = .absent
    /// At most 256 characters.
    package var address: Patch<String> = .absent
    /// Meta's value or a label of the list of categories.
    package var category: Patch<String> = .absent
    /// At most 128 characters.
    package var email: Patch<String> = .absent
    /// At most two, each with `http://` or `https://` and at most 256 characters.
    package var websites: Patch<[String]> = .absent
    package var bannerURL: Patch<String> = .absent
    package var phoneContacts: Patch<[PhoneNumber]> = .absent
    package var furtherEmails: Patch<[String]> = .absent

    package init(id: SenderID, ifVersion: Int64? = nil) {
      self.id = id
      self.ifVersion = ifVersion
    }
  }

  /// Reads the profile from Meta.
  package struct SyncProfile: Call {
    package static let method = "registry.profile.sync"
    package static let summary = "Read the profile from Meta; with adopt, take what Meta shows for ours."
    package static let details = """
      Reads what Meta shows now. Fields that differ from what is set here are listed as drift and stay as they are; \
      with adopt, Meta's values take the place of ours, those that wait to be sent included.
      """
    package static let deadline = Duration.seconds(20)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders/{id}/profile/sync", role: .operator)
    package typealias Reply = SenderProfile
    package var id: SenderID
    /// False by default.
    package var adopt: Bool?

    package init(id: SenderID, adopt: Bool? = nil) {
      self.id = id
      self.adopt = adopt
    }
  }

  /// Forgets the logo that is kept here.
  package struct DeleteLogo: Call {
    package static let method = "registry.logo.delete"
    package static let summary = "Forget the logo kept here. WhatsApp goes on showing the picture it has."
    package static let details = """
      Forgets the logo kept here. Meta has no call that takes a picture away: WhatsApp shows the last one until \
      another is uploaded.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.delete, "/v1/senders/{id}/logo", role: .operator)
    package typealias Reply = SenderProfile
    package var id: SenderID
    package var ifVersion: Int64?

    package init(id: SenderID, ifVersion: Int64? = nil) {
      self.id = id
      self.ifVersion = ifVersion
    }
  }

  /// The categories that Meta knows.
  package struct ListProfileCategories: Call {
    package static let method = "registry.category.list"
    package static let summary = "What a profile's category may be: Meta's values with their labels."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/profile-categories", role: .viewer)
    package typealias Reply = Page<ProfileCategory>

    package init() {}
  }
}

extension SenderRegistryAPI {
  /// The logo comes and goes as bytes.
  package static let profileEndpoints: [RawEndpoint] = [putLogo, getLogo]

  /// The longest logo, in bytes (facts: profile picture).
  package static let logoBytes = 5 << 20

  /// Sets the logo.
  package static let putLogo = RawEndpoint(
    "registry.logo.put", Route(.put, "/v1/senders/{id}/logo", role: .operator),
    summary: "Set the logo: a square PNG or JPEG of at least 192 by 192 pixels and at most 5 MB.",
    details: """
      Takes the picture's bytes as the body. It is kept here and sent to Meta when the sender is online. The format is \
      told by the bytes, not by Content-Type. WhatsApp shows transparent parts black: the answer warns of them.
      """,
    parameters: ["id": SenderID.self], accepts: ["image/png", "image/jpeg"], maximumBytes: logoBytes,
    takesIfMatch: true,
    answer: .json(SenderProfile.self))

  /// The logo's bytes.
  package static let getLogo = RawEndpoint(
    "registry.logo.get", Route(.get, "/v1/senders/{id}/logo", role: .viewer),
    summary: "The logo as it was handed in.", details: "Answers the bytes of the picture that is kept here.",
    parameters: ["id": SenderID.self], answer: .content(["image/png", "image/jpeg"]))
}
