import Contracts
import Wire

/// What people may do to a profile.
extension ProfileRow {
  /// Takes a change over. Everything that waits is tried at once, what Meta refused included. Throws what WhatsApp
  /// has no way to do.
  mutating func apply(_ change: ProfileChange, now: Int64) throws(CallFailure) {
    for (field, value) in change.texts {
      if value == nil, field == .about || field == .category, mustStay(field) {
        throw .invalidArgument(
          "FIELD_CANNOT_BE_UNSET",
          "\(field.rawValue): WhatsApp does not let it be empty once it is set. Set another value.",
          field: field.rawValue)
      }
      ledger.set(field, value)
    }
    local.bannerURL = change.banner.applied(to: local.bannerURL)
    local.phoneContacts = change.phoneContacts.applied(to: local.phoneContacts)
    local.furtherEmails = change.furtherEmails.applied(to: local.furtherEmails)
    retry(now: now)
  }

  /// The logo has been replaced.
  mutating func setLogo(now: Int64) {
    ledger.unsent.insert(.logo)
    ledger.drift.removeAll { $0.field == ProfileField.logo.rawValue }
    retry(now: now)
  }

  mutating func removeLogo() {
    ledger.unsent.remove(.logo)
    ledger.drift.removeAll { $0.field == ProfileField.logo.rawValue }
    refusedFields.remove(.logo)
    if refusedFields.isEmpty { refusal = nil }
    logo = nil
  }

  /// Takes Meta's side over, whatever waited to be sent. Our logo goes when WhatsApp shows none.
  mutating func adopt(_ reading: ProfileTexts, hasPicture: Bool) {
    // A picture of ours that never got there is what the person decided against.
    let isLogoWaiting = ledger.unsent.contains(.logo)
    ledger.adopt(reading, hasPicture: hasPicture)
    if isLogoWaiting || !hasPicture { logo = nil }
    refusal = nil
    refusedFields = []
  }

  private mutating func retry(now: Int64) {
    refusal = nil
    refusedFields = []
    tries = 0
    pushAt = now
  }

  /// Meta has, or may have, a value that it lets nobody empty.
  private func mustStay(_ field: ProfileField) -> Bool {
    ledger.isRead ? ledger.shown(field) != nil : sending?.fields.contains(field) == true
  }
}
