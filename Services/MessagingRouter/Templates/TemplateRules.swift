import Contracts

/// Meta's bounds of a template and the known reasons for which it refuses or rejects one (facts: templates, template
/// creation errors). Pure; told field by field.
struct TemplateRules: Sendable {
  static let longestBody = 1_024
  static let longestHeader = 60
  static let longestFooter = 60
  static let longestCardBody = 160
  static let longestOfferBody = 600
  /// Bytes of a text that is looked at for the style of its variables: more is too long in any place.
  private static let longestText = 4_096

  let category: TemplateCategory
  let format: TemplateParameterFormat
  private(set) var problems: [TemplateProblem] = []

  /// The format is found out of the variables unless it is given.
  static func check(
    name: String, language: String, category: TemplateCategory, format: TemplateParameterFormat?,
    components: [TemplateComponent], ttl: Int?
  ) -> [TemplateProblem] {
    var rules = TemplateRules(category: category, format: format ?? Self.format(of: components))
    rules.check(name: name)
    rules.check(language: language)
    if category == .other {
      rules.add("category", "CATEGORY_INVALID", "category is marketing, utility or authentication")
    }
    rules.check(ttl: ttl)
    rules.check(components)
    return rules.problems
  }

  /// Of an edit: name and language stay.
  static func check(
    category: TemplateCategory, format: TemplateParameterFormat, components: [TemplateComponent], ttl: Int?
  ) -> [TemplateProblem] {
    var rules = TemplateRules(category: category, format: format)
    rules.check(ttl: ttl)
    rules.check(components)
    return rules.problems
  }

  /// Of an edit that leaves the components.
  static func check(category: TemplateCategory, ttl: Int?) -> [TemplateProblem] {
    var rules = TemplateRules(category: category, format: .positional)
    rules.check(ttl: ttl)
    return rules.problems
  }

  init(category: TemplateCategory, format: TemplateParameterFormat) {
    self.category = category
    self.format = format
  }

  mutating func add(_ field: String, _ reason: String, _ message: String) {
    problems.append(TemplateProblem(field, reason, "\(field): \(message)"))
  }

  /// Named as soon as one variable has a name.
  static func format(of components: [TemplateComponent]) -> TemplateParameterFormat {
    func isNamed(_ components: [TemplateComponent]) -> Bool {
      components.contains { component in
        let text = component.text.flatMap { $0.utf8.count > longestText ? nil : $0 } ?? ""
        return TemplateText(text).variables.contains { !TemplateText.isNumber($0) }
          || (component.cards ?? []).contains { isNamed($0.components) }
      }
    }
    return isNamed(components) ? .named : .positional
  }

  private mutating func check(name: String) {
    let isRight = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    guard isRight, (1...512).contains(name.utf8.count) else {
      return add("name", "NAME_INVALID", "1 to 512 of a-z, 0-9 and _")
    }
  }

  private mutating func check(language: String) {
    let parts = language.split(separator: "_", omittingEmptySubsequences: false)
    let isRight =
      (1...2).contains(parts.count) && (2...3).contains(parts[0].utf8.count)
      && parts[0].utf8.allSatisfy { (97...122).contains($0) }
      && (parts.count == 1
        || (2...4).contains(parts[1].utf8.count)
          && parts[1].utf8.allSatisfy { (65...90).contains($0) || (97...122).contains($0) })
    if !isRight { add("language", "LANGUAGE_INVALID", "Meta's code of a language, such as en_US or de") }
  }

  private mutating func check(ttl: Int?) {
    guard let ttl else { return }
    let bounds: ClosedRange<Int> =
      switch category {
      case .authentication: 30...900
      case .utility: 30...43_200
      case .marketing, .other: 43_200...2_592_000
      }
    if !bounds.contains(ttl) {
      add(
        "message_send_ttl_seconds", "TTL_OUT_OF_RANGE",
        "\(bounds.lowerBound) to \(bounds.upperBound) for \(category.rawValue)")
    }
  }

  private mutating func check(_ components: [TemplateComponent]) {
    if components.count > 12 { return add("components", "COMPONENTS_TOO_MANY", "at most 12") }
    var seen: Set<TemplateComponent.Kind> = []
    for (index, component) in components.enumerated() where component.type != .other {
      if !seen.insert(component.type).inserted {
        add("components[\(index)].type", "COMPONENT_REPEATED", "there is one \(component.type.rawValue) already")
      }
    }
    guard seen.contains(.body) else { return add("components", "BODY_REQUIRED", "a template has a body") }
    if category == .authentication { return checkAuthentication(components) }
    for (index, component) in components.enumerated() {
      let field = "components[\(index)]"
      switch component.type {
      case .header: checkHeader(component, field, isOffer: seen.contains(.limitedTimeOffer))
      case .body: checkBody(component, field, longest: bodyLimit(seen))
      case .footer: checkFooter(component, field)
      case .buttons: checkButtons(component.buttons ?? [], "\(field).buttons")
      case .carousel: checkCarousel(component.cards ?? [], "\(field).cards")
      case .limitedTimeOffer: checkOffer(component, field)
      case .callPermissionRequest: break
      case .other:
        if component.raw == nil {
          add("\(field).raw", "RAW_REQUIRED", "a component of another type brings Meta's JSON in raw")
        }
      }
    }
    for kind in [TemplateComponent.Kind.header, .footer] where seen.contains(.carousel) && seen.contains(kind) {
      add("components", "COMPONENT_NOT_ALLOWED", "a carousel has no \(kind.rawValue) beside it")
    }
    if seen.contains(.limitedTimeOffer) && seen.contains(.footer) {
      add("components", "COMPONENT_NOT_ALLOWED", "a limited-time offer has no footer")
    }
  }

  private func bodyLimit(_ kinds: Set<TemplateComponent.Kind>) -> Int {
    kinds.contains(.limitedTimeOffer) ? Self.longestOfferBody : Self.longestBody
  }

  // MARK: Header, footer

  private mutating func checkHeader(_ header: TemplateComponent, _ field: String, isOffer: Bool) {
    guard let format = header.format else {
      return add("\(field).format", "FORMAT_REQUIRED", "text, image, video, gif, document or location")
    }
    if isOffer, format != .image, format != .video {
      add("\(field).format", "FORMAT_NOT_ALLOWED", "the header of an offer is an image or a video")
    }
    if format.isMedia { return requireExample(header, field) }
    guard format == .text else { return }
    guard let text = header.text, !MessageText.isBlank(text) else {
      return add("\(field).text", "TEXT_REQUIRED", "a text header has a text")
    }
    guard length(text, "\(field).text", Self.longestHeader, "HEADER_TOO_LONG") else { return }
    let parsed = TemplateText(text)
    // Underscores belong to the names of variables.
    if parsed.words.contains(where: { $0.isNewline || "*_~`".contains($0) }) {
      add("\(field).text", "HEADER_FORMAT", "no line ends and no formatting characters (Meta's 2388047)")
    }
    if text.unicodeScalars.contains(where: \.properties.isEmojiPresentation) {
      add("\(field).text", "HEADER_FORMAT", "no emojis (Meta's 2388047)")
    }
    let names = variables(parsed, "\(field).text")
    if names.count > 1 { add("\(field).text", "HEADER_VARIABLES", "a header has one variable at most") }
    guard let name = names.first else { return }
    let isGiven =
      style(of: name) == .named
      ? header.example?.headerTextNamedParams?.contains { $0.paramName == name && !$0.example.isEmpty } ?? false
      : header.example?.headerText?.first.map { !$0.isEmpty } ?? false
    if !isGiven {
      let member = style(of: name) == .named ? "header_text_named_params" : "header_text"
      add("\(field).example.\(member)", "EXAMPLE_REQUIRED", "an example for {{\(name)}}")
    }
  }

  mutating func requireExample(_ header: TemplateComponent, _ field: String) {
    let hasHandle = !(header.example?.headerHandle?.first ?? "").isEmpty
    let hasFile = header.example?.headerMediaID != nil
    if !hasHandle && !hasFile {
      add("\(field).example.header_media_id", "EXAMPLE_REQUIRED", "the id of an uploaded file as an example")
    }
    if hasHandle && hasFile {
      add("\(field).example.header_media_id", "EXAMPLE_AMBIGUOUS", "a file or a handle, not both")
    }
  }

  private mutating func checkFooter(_ footer: TemplateComponent, _ field: String) {
    guard let text = footer.text, !MessageText.isBlank(text) else {
      return add("\(field).text", "TEXT_REQUIRED", "a footer has a text")
    }
    guard length(text, "\(field).text", Self.longestFooter, "FOOTER_TOO_LONG") else { return }
    let parsed = TemplateText(text)
    if !parsed.variables.isEmpty || parsed.hasBrokenBraces {
      add("\(field).text", "FOOTER_VARIABLES", "a footer has no variables (Meta's 2388073)")
    }
    if text.contains(where: \.isNewline) { add("\(field).text", "FOOTER_FORMAT", "no line ends (Meta's 2388073)") }
  }

  // MARK: Shared

  /// Whether a text is within its bound. What is not is not looked at any further: it may be of any length.
  mutating func length(_ text: String, _ field: String, _ most: Int, _ reason: String) -> Bool {
    if text.unicodeScalars.count <= most { return true }
    add(field, reason, "at most \(most) characters (Meta's 2388040)")
    return false
  }

  /// The variables of a text, checked for the things that do not depend on the place.
  mutating func variables(_ parsed: TemplateText, _ field: String) -> [String] {
    if parsed.hasBrokenBraces {
      add(field, "VARIABLE_INVALID", "variables are {{1}} or {{order_number}}: small letters, digits, underscores")
    }
    let names = parsed.variables
    let numbers = names.filter(TemplateText.isNumber)
    if !numbers.isEmpty && numbers.count < names.count {
      add(field, "VARIABLES_MIXED", "numbers and names do not mix")
    } else if names.contains(where: { style(of: $0) != format }) {
      add(field, "VARIABLES_MIXED", "the template's variables are \(format.rawValue)")
    }
    if numbers.count == names.count, Set(numbers.compactMap { Int($0) }) != Set((1...max(1, numbers.count))),
      !numbers.isEmpty
    {
      add(field, "VARIABLES_GAP", "{{1}}, {{2}} and so on, without a gap")
    }
    return names
  }

  func style(of name: String) -> TemplateParameterFormat { TemplateText.isNumber(name) ? .positional : .named }
}
