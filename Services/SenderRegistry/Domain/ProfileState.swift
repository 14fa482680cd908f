import Contracts

/// Which of its states a profile is in.
enum ProfileState {
  static func of(_ ledger: ProfileLedger, refusal: ProfileRefusal?, isOnline: Bool) -> SenderProfile.State {
    if refusal != nil, !ledger.unsent.isEmpty { return .refused }
    if !ledger.unsent.isEmpty { return isOnline ? .pending : .draft }
    if !ledger.isRead { return isOnline ? .pending : .draft }
    return ledger.drift.isEmpty ? .synced : .drifted
  }

  static func ofLogo(
    _ ledger: ProfileLedger, refused: Set<ProfileField>, isOnline: Bool
  ) -> ProfileLogo.State {
    if ledger.unsent.contains(.logo) {
      if refused.contains(.logo) { return .refused }
      return isOnline ? .pending : .draft
    }
    return ledger.drift.contains { $0.field == ProfileField.logo.rawValue } ? .missing : .synced
  }
}

extension ProfileRefusal {
  /// The field that Meta's words begin with or name, by Meta's name for it.
  static func field(in words: String, among fields: [ProfileField]) -> String? {
    let text = words.lowercased()
    let names: [(ProfileField, [String])] = [
      (.about, ["about"]), (.address, ["address"]), (.category, ["vertical"]), (.description, ["description"]),
      (.email, ["email"]), (.websites, ["websites", "website"]), (.logo, ["profile_picture", "picture"]),
    ]
    let named = names.filter { name in fields.contains(name.0) && name.1.contains { Self.names($0, text) } }
    if named.count == 1 { return named[0].0.rawValue }
    // "Parameter: why" names it first.
    if let first = named.first(where: { name in name.1.contains { text.hasPrefix($0) } }) { return first.0.rawValue }
    return named.isEmpty && fields.count == 1 ? fields[0].rawValue : nil
  }

  /// Whether a word stands in a text as a word of its own: "address" is no part of "email_address".
  private static func names(_ word: String, _ text: String) -> Bool {
    text.split { !$0.isLetter && $0 != "_" }.contains { $0 == word || $0.hasPrefix(word + "_") }
  }
}
