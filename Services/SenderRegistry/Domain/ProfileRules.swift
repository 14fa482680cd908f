import Contracts

/// What Meta allows in a profile (facts: business profile), checked before anything is sent. Lengths are counted in
/// Unicode code points.
enum ProfileRules {
  /// What is wrong with a value; the caller names the field in front.
  struct Refusal: Error, Equatable {
    let code: String
    let message: String
  }

  /// A text field's value as it is stored and sent: tidied, or for a category Meta's word.
  static func text(_ field: ProfileField, _ input: String) throws(Refusal) -> String {
    let text = trimmed(input)
    switch field {
    case .about: return try plain(text, 1...139, "ABOUT_INVALID")
    case .address: return try plain(text, 0...256, "ADDRESS_INVALID")
    case .description: return try plain(text, 0...512, "DESCRIPTION_INVALID")
    case .email: return text.isEmpty ? "" : try email(text)
    case .category:
      guard let value = ProfileCategories.value(of: text) else {
        throw Refusal(
          code: "CATEGORY_UNKNOWN", message: "not one of Meta's categories: GET /v1/profile-categories lists them")
      }
      return value
    case .websites, .logo: return text
    }
  }

  static func websites(_ input: [String]) throws(Refusal) -> [String] {
    guard input.count <= 2 else { throw Refusal(code: "WEBSITES_INVALID", message: "at most two") }
    var sites: [String] = []
    for site in input { sites.append(try address(trimmed(site), 256, "WEBSITES_INVALID")) }
    return sites
  }

  static func banner(_ input: String) throws(Refusal) -> String { try address(trimmed(input), 2_048, "BANNER_INVALID") }

  static func furtherEmails(_ input: [String]) throws(Refusal) -> [String] {
    guard input.count <= 10 else { throw Refusal(code: "FURTHER_EMAILS_INVALID", message: "at most ten") }
    var emails: [String] = []
    for text in input { emails.append(try email(trimmed(text))) }
    return emails
  }

  static func phoneContacts(_ input: [PhoneNumber]) throws(Refusal) -> [PhoneNumber] {
    guard input.count <= 10 else { throw Refusal(code: "PHONE_CONTACTS_INVALID", message: "at most ten") }
    return input
  }

  private static func trimmed(_ text: String) -> String {
    String(String(text.drop { $0.isWhitespace }).reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Lines may be broken; other control characters are refused.
  private static func plain(_ text: String, _ range: ClosedRange<Int>, _ code: String) throws(Refusal) -> String {
    let scalars = text.unicodeScalars
    guard range.contains(scalars.count) else {
      let least = range.lowerBound == 0 ? "at most" : "\(range.lowerBound) to"
      throw Refusal(code: code, message: "\(least) \(range.upperBound) characters, not \(scalars.count)")
    }
    for scalar in scalars
    where scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\r" && scalar != "\t" {
      throw Refusal(code: code, message: "without control characters")
    }
    return text
  }

  /// One `@` with something before it and a host with a dot behind; what a mail server thinks is not known here.
  private static func email(_ text: String) throws(Refusal) -> String {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let labels = parts.last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    guard text.unicodeScalars.count <= 128, parts.count == 2, !parts[0].isEmpty, labels.count >= 2,
      labels.allSatisfy({ !$0.isEmpty }),
      !text.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.properties.generalCategory == .control })
    else {
      throw Refusal(
        code: "EMAIL_INVALID", message: "an address such as hello@example.com, at most 128 characters")
    }
    return text
  }

  /// `http://` or `https://` and a host; no user name, no spaces.
  private static func address(_ text: String, _ limit: Int, _ code: String) throws(Refusal) -> String {
    let failure = Refusal(
      code: code, message: "http:// or https:// with a host, at most \(limit) characters, without spaces")
    let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard text.unicodeScalars.count <= limit, parts.count >= 3,
      ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty,
      text.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0.properties.generalCategory != .control })
    else { throw failure }
    let host = parts[2].prefix { $0 != "?" && $0 != "#" }
    guard !host.isEmpty, !host.contains("@"), host.first != ":", host.first != "." else { throw failure }
    return text
  }
}
