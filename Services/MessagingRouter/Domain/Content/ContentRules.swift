import Contracts

/// Meta's published bounds of messages, checked before anything is queued (facts: messages). Pure: it knows no store;
/// what is stored of media and templates is checked by whoever can look it up.
enum ContentRules {
  static let longestCaption = 1_024
  /// Of names and addresses of places, and of the parts of cards: Meta names no bound, and nothing longer is one.
  static let longestLine = 1_000
  static let mostCards = 257

  /// Throws the first problem that is found.
  static func check(_ message: OutgoingContent) throws(ContentProblem) {
    let content = message.content
    if let kind = MediumKind(rawValue: message.type) {
      for (found, medium, field) in message.media where found == kind { try check(medium, as: kind, field) }
      return
    }
    switch message.type {
    case "text": try text(message.text ?? "")
    case "location": if let location = content?.location { try check(location, "location") }
    case "contacts": try check(content?.contacts ?? [])
    case "reaction": if let reaction = content?.reaction { try check(reaction) }
    case "interactive": if let interactive = content?.interactive { try InteractiveRules.check(interactive) }
    case "template": if let template = content?.template { try TemplateSendRules.check(template) }
    default: throw ContentProblem(.value, "type", "is no type of message")
    }
  }

  static func text(_ text: String) throws(ContentProblem) {
    try ContentText.words(text, "text", most: MessageText.longest)
  }

  // MARK: Media

  /// One medium, by id or by link.
  static func check(_ medium: MessageMedia, as kind: MediumKind, _ field: String) throws(ContentProblem) {
    switch (medium.mediaID, medium.link) {
    case (nil, nil): throw ContentProblem(.required, field + ".media_id", "give media_id or link")
    case (.some, .some):
      throw ContentProblem(.notAllowed, field + ".link", "media_id is given as well: give one of both")
    case (nil, let link?): try ContentText.link(link, field + ".link")
    case (.some, nil): break
    }
    if kind.hasCaption {
      try ContentText.optional(medium.caption, field + ".caption", most: longestCaption, isSingleLine: false)
    } else {
      try ContentText.absent(medium.caption, field + ".caption", kind.rawValue)
    }
    if kind == .document {
      try ContentText.optional(medium.filename, field + ".filename", most: 240)
    } else {
      try ContentText.absent(medium.filename, field + ".filename", kind.rawValue)
    }
    if kind != .audio { try ContentText.absent(medium.isVoice, field + ".is_voice", kind.rawValue) }
    let received = "what is sent"
    try ContentText.absent(medium.mimeType, field + ".mime_type", received)
    try ContentText.absent(medium.sha256, field + ".sha256", received)
    try ContentText.absent(medium.isAnimated, field + ".is_animated", received)
  }

  // MARK: Places

  /// A place on the earth; `field` names it.
  static func check(_ location: MessageLocation, _ field: String) throws(ContentProblem) {
    try coordinates(location.latitude, location.longitude, field)
    try ContentText.optional(location.name, "\(field).name", most: longestLine)
    try ContentText.optional(location.address, "\(field).address", most: longestLine, isSingleLine: false)
    try ContentText.absent(location.url, "\(field).url", "what is sent")
  }

  static func coordinates(_ latitude: Double, _ longitude: Double, _ field: String) throws(ContentProblem) {
    guard (-90...90).contains(latitude) else {
      throw ContentProblem(.range, "\(field).latitude", "is -90 to 90 degrees")
    }
    guard (-180...180).contains(longitude) else {
      throw ContentProblem(.range, "\(field).longitude", "is -180 to 180 degrees")
    }
  }

  // MARK: Reactions

  private static func check(_ reaction: MessageReaction) throws(ContentProblem) {
    _ = try ContentText.required(reaction.messageID, "reaction.message_id", "a reaction")
    try ContentText.absent(reaction.metaMessageID, "reaction.meta_message_id", "what is sent")
    // Absent or empty takes the reaction back.
    guard let emoji = reaction.emoji, !emoji.isEmpty else { return }
    guard emoji.count == 1, let character = emoji.first, isEmoji(character) else {
      throw ContentProblem(.emoji, "reaction.emoji", "is exactly one emoji, or empty to take the reaction back")
    }
  }

  /// Digits, `#` and `*` are emoji to Unicode, but only with a keycap around them to people.
  static func isEmoji(_ character: Character) -> Bool {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return false }
    if first.isASCII { return scalars.contains("\u{20E3}") && first.properties.isEmoji }
    return first.properties.isEmoji
  }

  // MARK: Cards

  private static func check(_ cards: [ContactCard]) throws(ContentProblem) {
    try ContentText.count(cards, "contacts", 1...mostCards)
    for (index, card) in cards.enumerated() { try check(card, "contacts[\(index)]") }
  }

  private static func check(_ card: ContactCard, _ field: String) throws(ContentProblem) {
    let name = card.name
    try ContentText.words(name.formattedName, field + ".name.formatted_name", most: longestLine, isSingleLine: true)
    let parts: [(String?, String)] = [
      (name.firstName, "first_name"), (name.lastName, "last_name"), (name.middleName, "middle_name"),
      (name.prefix, "prefix"), (name.suffix, "suffix"),
    ]
    guard parts.contains(where: { $0.0 != nil }) else {
      throw ContentProblem(
        .required, field + ".name.first_name", "Meta wants one part of the name beside formatted_name: add it")
    }
    try lines(parts, field + ".name")
    if let birthday = card.birthday { try day(birthday, field + ".birthday") }
    try each(card.phones, field + ".phones") { phone, at throws(ContentProblem) in
      _ = try ContentText.required(phone.phone, at + ".phone", "a number on a card")
      try lines([(phone.phone, "phone"), (phone.type, "type")], at)
      if let id = phone.waID {
        guard (7...15).contains(id.utf8.count), id.utf8.allSatisfy({ (48...57).contains($0) }) else {
          throw ContentProblem(.value, at + ".wa_id", "is the number as digits only, without +")
        }
      }
    }
    try each(card.emails, field + ".emails") { email, at throws(ContentProblem) in
      _ = try ContentText.required(email.email, at + ".email", "a mail address on a card")
      try lines([(email.email, "email"), (email.type, "type")], at)
    }
    try each(card.urls, field + ".urls") { url, at throws(ContentProblem) in
      _ = try ContentText.required(url.url, at + ".url", "a web address on a card")
      try lines([(url.type, "type")], at)
      try ContentText.optional(url.url, at + ".url", most: 2_000)
    }
    try each(card.addresses, field + ".addresses") { address, at throws(ContentProblem) in
      try lines(
        [
          (address.street, "street"), (address.city, "city"), (address.state, "state"), (address.zip, "zip"),
          (address.country, "country"), (address.countryCode, "country_code"), (address.type, "type"),
        ], at)
    }
    if let org = card.org {
      try lines([(org.company, "company"), (org.department, "department"), (org.title, "title")], field + ".org")
    }
  }

  private static func each<Part>(
    _ parts: [Part]?, _ field: String, _ check: (Part, String) throws(ContentProblem) -> Void
  ) throws(ContentProblem) {
    guard let parts else { return }
    // Nobody's card has more; Meta names no bound.
    try ContentText.count(parts, field, 0...50)
    for (index, part) in parts.enumerated() { try check(part, "\(field)[\(index)]") }
  }

  private static func lines(_ parts: [(String?, String)], _ field: String) throws(ContentProblem) {
    for (text, name) in parts { try ContentText.optional(text, "\(field).\(name)", most: longestLine) }
  }

  /// `YYYY-MM-DD`, a day of the calendar.
  private static func day(_ text: String, _ field: String) throws(ContentProblem) {
    let bytes = Array(text.utf8)
    let isSpelled =
      bytes.count == 10 && bytes.enumerated().allSatisfy { [4, 7].contains($0) ? $1 == 45 : (48...57).contains($1) }
    let numbers = text.split(separator: "-").compactMap { Int($0) }
    guard isSpelled, numbers.count == 3, (1...12).contains(numbers[1]),
      (1...days(month: numbers[1], year: numbers[0])).contains(numbers[2])
    else { throw ContentProblem(.date, field, "is a day such as 1990-12-31") }
  }

  private static func days(month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
