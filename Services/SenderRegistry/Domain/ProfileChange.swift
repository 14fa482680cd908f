import Contracts

/// A checked change of a profile: values as they are stored, nil for a field that is to be unset.
struct ProfileChange: Sendable, Equatable {
  var texts: [(field: ProfileField, value: String?)] = []
  var banner: Patch<String> = .absent
  var phoneContacts: Patch<[PhoneNumber]> = .absent
  var furtherEmails: Patch<[String]> = .absent

  /// Why a change cannot be made.
  struct Refusal: Error, Equatable {
    let code: String
    /// Begins with the field's name.
    let message: String
    let field: String
  }

  var isEmpty: Bool { texts.isEmpty && banner.isAbsent && phoneContacts.isAbsent && furtherEmails.isAbsent }

  static func == (left: ProfileChange, right: ProfileChange) -> Bool {
    left.texts.map(\.field) == right.texts.map(\.field) && left.texts.map(\.value) == right.texts.map(\.value)
      && left.banner == right.banner && left.phoneContacts == right.phoneContacts
      && left.furtherEmails == right.furtherEmails
  }

  /// What a person sent. Throws the first thing that is wrong.
  init(_ call: SenderRegistryAPI.UpdateProfile) throws(Refusal) {
    try add(.about, call.about, "")
    try add(.address, call.address, "")
    try add(.category, call.category, "")
    try add(.description, call.description, "")
    try add(.email, call.email, "")
    try add(call.websites, "")
    try addLocal(call.bannerURL, call.phoneContacts, call.furtherEmails, "")
  }

  /// What came with a new sender; its fields are named `profile.…`.
  init(_ draft: ProfileDraft) throws(Refusal) {
    try add(.about, Self.patch(draft.about), "profile.")
    try add(.address, Self.patch(draft.address), "profile.")
    try add(.category, Self.patch(draft.category), "profile.")
    try add(.description, Self.patch(draft.description), "profile.")
    try add(.email, Self.patch(draft.email), "profile.")
    try add(Self.patch(draft.websites), "profile.")
    try addLocal(
      Self.patch(draft.bannerURL), Self.patch(draft.phoneContacts), Self.patch(draft.furtherEmails), "profile.")
  }

  private static func patch<Value>(_ value: Value?) -> Patch<Value> { value.map { .set($0) } ?? .absent }

  private mutating func add(_ field: ProfileField, _ patch: Patch<String>, _ prefix: String) throws(Refusal) {
    switch patch {
    case .absent: return
    case .null: texts.append((field, nil))
    case .set(let input):
      let name = prefix + field.rawValue
      let value = try Self.checked(name) { () throws(ProfileRules.Refusal) in try ProfileRules.text(field, input) }
      texts.append((field, value.isEmpty ? nil : value))
    }
  }

  private mutating func add(_ patch: Patch<[String]>, _ prefix: String) throws(Refusal) {
    switch patch {
    case .absent: return
    case .null: texts.append((.websites, nil))
    case .set(let input):
      let sites = try Self.checked(prefix + "websites") { () throws(ProfileRules.Refusal) in
        try ProfileRules.websites(input)
      }
      texts.append((.websites, sites.isEmpty ? nil : sites.joined(separator: " ")))
    }
  }

  private mutating func addLocal(
    _ banner: Patch<String>, _ phones: Patch<[PhoneNumber]>, _ emails: Patch<[String]>, _ prefix: String
  ) throws(Refusal) {
    self.banner = banner
    phoneContacts = phones
    furtherEmails = emails
    if let value = banner.value {
      self.banner = .set(
        try Self.checked(prefix + "banner_url") { () throws(ProfileRules.Refusal) in try ProfileRules.banner(value) })
    }
    if let value = phones.value {
      phoneContacts = .set(
        try Self.checked(prefix + "phone_contacts") { () throws(ProfileRules.Refusal) in
          try ProfileRules.phoneContacts(value)
        })
    }
    if let value = emails.value {
      furtherEmails = .set(
        try Self.checked(prefix + "further_emails") { () throws(ProfileRules.Refusal) in
          try ProfileRules.furtherEmails(value)
        })
    }
  }

  /// Names the field in front of what is wrong with it.
  private static func checked<Value>(
    _ field: String, _ check: () throws(ProfileRules.Refusal) -> Value
  ) throws(Refusal) -> Value {
    do throws(ProfileRules.Refusal) {
      return try check()
    } catch {
      throw Refusal(code: error.code, message: "\(field): \(error.message)", field: field)
    }
  }
}
