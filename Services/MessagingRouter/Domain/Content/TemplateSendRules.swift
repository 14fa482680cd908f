import Contracts
import JSON

/// Meta's bounds of a template's name and parameters, whatever the template itself wants of them.
enum TemplateSendRules {
  private static let types = ["header", "body", "button", "carousel", "limited_time_offer"]
  private static let media: [String: MediumKind] = ["image": .image, "video": .video, "document": .document]

  static func check(_ template: TemplateMessage) throws(ContentProblem) {
    try ContentText.length(template.name, "template.name", 1...512)
    let isName = template.name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    guard isName else { throw ContentProblem(.value, "template.name", "has only a-z, 0-9 and _") }
    let language = template.language.code
    let isLanguage =
      (2...15).contains(language.utf8.count)
      && language.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    guard isLanguage else {
      throw ContentProblem(.value, "template.language.code", "is a code such as en_US")
    }
    try components(template.components ?? [], "template.components", isCard: false)
  }

  private static func components(_ list: [JSONValue], _ field: String, isCard: Bool) throws(ContentProblem) {
    try ContentText.count(list, field, 0...16)
    var (once, buttons): (Set<String>, Set<String>) = ([], [])
    for (index, component) in list.enumerated() {
      let place = "\(field)[\(index)]"
      guard component.object != nil else { throw ContentProblem(.value, place, "is an object with a type") }
      let type = try ContentText.required(component["type"]?.string, place + ".type", "a component").lowercased()
      try ContentText.word(type, place + ".type", of: isCard ? ["header", "body", "button"] : types)
      if type == "button" {
        let number = try button(component, place)
        guard buttons.insert(number).inserted else {
          throw ContentProblem(.notUnique, place + ".index", "another button has this index: give each its own")
        }
      } else if !once.insert(type).inserted {
        throw ContentProblem(.notUnique, place + ".type", "another component has this type: a template has one \(type)")
      }
      if type == "carousel" {
        try cards(component, place)
      } else {
        try parameters(component, of: type, place)
      }
    }
  }

  /// The index of a button.
  private static func button(_ component: JSONValue, _ field: String) throws(ContentProblem) -> String {
    let kind = try ContentText.required(component["sub_type"]?.string, field + ".sub_type", "a button")
    try ContentText.identifier(kind, field + ".sub_type", most: 64)
    let index = try ContentText.required(
      component["index"].flatMap { $0.string ?? $0.int64.map { String($0) } }, field + ".index", "a button")
    guard index.utf8.count == 1, "0" <= index, index <= "9" else {
      throw ContentProblem(.range, field + ".index", "is 0 to 9, the button's place in the template")
    }
    return index
  }

  private static func cards(_ component: JSONValue, _ field: String) throws(ContentProblem) {
    let cards = try ContentText.required(component["cards"]?.array, field + ".cards", "a carousel")
    try ContentText.count(cards, field + ".cards", 1...10)
    for (index, card) in cards.enumerated() {
      let place = "\(field).cards[\(index)]"
      guard let number = card["card_index"]?.int64 else {
        throw ContentProblem(.required, place + ".card_index", "a card needs its number: add it")
      }
      guard (0...9).contains(number) else { throw ContentProblem(.range, place + ".card_index", "is 0 to 9") }
      let inner = try ContentText.required(card["components"]?.array, place + ".components", "a card")
      try components(inner, place + ".components", isCard: true)
    }
  }

  // MARK: Parameters

  private static func parameters(_ component: JSONValue, of type: String, _ field: String) throws(ContentProblem) {
    guard let list = component["parameters"] else { return }
    let place = field + ".parameters"
    guard let list = list.array else { throw ContentProblem(.value, place, "is a list") }
    // A body of 1,024 characters has room for fewer variables.
    try ContentText.count(list, place, 0...(type == "body" ? 256 : 1))
    var names: Set<String> = []
    var named = 0
    for (index, parameter) in list.enumerated() {
      let at = "\(place)[\(index)]"
      try self.parameter(parameter, of: type, at)
      guard let name = parameter["parameter_name"] else { continue }
      named += 1
      let text = try ContentText.required(name.string, at + ".parameter_name", "a named parameter")
      try ContentText.identifier(text, at + ".parameter_name", most: 512)
      guard names.insert(text).inserted else {
        throw ContentProblem(.notUnique, at + ".parameter_name", "another parameter has this name: give each its own")
      }
    }
    guard named == 0 || named == list.count else {
      throw ContentProblem(.required, place, "names and places do not mix: name every parameter or none")
    }
  }

  private static func parameter(_ parameter: JSONValue, of component: String, _ field: String) throws(ContentProblem) {
    guard parameter.object != nil else { throw ContentProblem(.value, field, "is an object with a type") }
    let type = try ContentText.required(parameter["type"]?.string, field + ".type", "a parameter").lowercased()
    let value = parameter[type]
    let place = "\(field).\(type)"
    switch type {
    case "text":
      let text = try ContentText.required(value?.string, place, "this parameter")
      try ContentText.length(text, place, 1...(component == "header" ? 60 : component == "body" ? 32_768 : 2_000))
      try plain(text, place)
    case "payload":
      try ContentText.identifier(try ContentText.required(value?.string, place, "this parameter"), place, most: 256)
    case "coupon_code":
      try ContentText.identifier(try ContentText.required(value?.string, place, "this parameter"), place, most: 15)
    case "image", "video", "document":
      guard let kind = media[type] else { return }
      try medium(try ContentText.required(value, place, "this parameter"), kind, place)
    case "currency":
      _ = try ContentText.required(value?["fallback_value"]?.string, place + ".fallback_value", "an amount")
      _ = try ContentText.required(value?["code"]?.string, place + ".code", "an amount")
      _ = try ContentText.required(value?["amount_1000"]?.int64, place + ".amount_1000", "an amount")
    case "date_time":
      _ = try ContentText.required(value?["fallback_value"]?.string, place + ".fallback_value", "a date")
    case "location": try location(try ContentText.required(value, place, "this parameter"), place)
    case "action", "limited_time_offer":
      guard value?.object != nil else { throw ContentProblem(.required, place, "this parameter needs it: add it") }
    default: break
    }
  }

  /// As strict as a message that is a place; Meta takes the degrees as numbers or as texts.
  private static func location(_ value: JSONValue, _ field: String) throws(ContentProblem) {
    func degrees(_ name: String) throws(ContentProblem) -> Double {
      let given = try ContentText.required(value[name], "\(field).\(name)", "a place")
      guard let degrees = given.double ?? given.string.flatMap({ Double($0) }) else {
        throw ContentProblem(.value, "\(field).\(name)", "is a number of degrees")
      }
      return degrees
    }
    try ContentRules.coordinates(try degrees("latitude"), try degrees("longitude"), field)
    try ContentText.optional(value["name"]?.string, "\(field).name", most: ContentRules.longestLine)
    try ContentText.optional(
      value["address"]?.string, "\(field).address", most: ContentRules.longestLine, isSingleLine: false)
  }

  private static func medium(_ value: JSONValue, _ kind: MediumKind, _ field: String) throws(ContentProblem) {
    let given = ["media_id", "id", "link"].filter { value[$0] != nil }
    guard given.count == 1 else {
      throw ContentProblem(
        given.isEmpty ? .required : .notAllowed, "\(field).\(given.last ?? "media_id")",
        "give one of media_id (a file of ours), id (Meta's) and link")
    }
    for name in given {
      let text = try ContentText.required(value[name]?.string, "\(field).\(name)", "this parameter")
      switch name {
      case "link": try ContentText.link(text, "\(field).link")
      case "media_id":
        do throws(ValueFailure) { _ = try MediaID(parsing: text) } catch {
          throw ContentProblem(.value, "\(field).media_id", error.message)
        }
      default: try ContentText.identifier(text, "\(field).\(name)", most: 256)
      }
    }
    if kind == .document { try ContentText.optional(value["filename"]?.string, field + ".filename", most: 240) }
  }

  /// Meta refuses line ends, tabs and more than four spaces in a row within parameters (132018).
  private static func plain(_ text: String, _ field: String) throws(ContentProblem) {
    guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }), !text.contains("     ") else {
      throw ContentProblem(.text, field, "has no line ends, no tabs and at most four spaces in a row")
    }
  }
}
