import Contracts

/// What Meta's reviewers often reject, and what nobody can know for certain before they do.
enum TemplateWarnings {
  private static let shorteners = [
    "bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "rebrand.ly", "cutt.ly", "shorturl.at", "buff.ly",
    "t.ly", "rb.gy",
  ]
  private static let promotion: Set<String> = [
    "discount", "sale", "offer", "offers", "promo", "promotion", "coupon", "deal", "deals", "cashback", "voucher",
    "giveaway", "bargain", "rabatt", "descuento", "oferta", "remise", "soldes", "desconto",
  ]

  static func of(_ components: [TemplateComponent], category: TemplateCategory) -> [String] {
    var warnings: [String] = []
    for (index, component) in components.enumerated() {
      let field = "components[\(index)]"
      let text = component.text ?? ""
      if let host = shortener(in: text) { warnings.append("\(field).text: Meta rejects shortened links (\(host))") }
      if component.type == .body { warnings += ofBody(text, "\(field).text") }
      if category == .utility, [.header, .body, .footer].contains(component.type), let word = promotionWord(text) {
        warnings.append(
          "\(field).text: \"\(word)\" sounds like an advertisement; Meta may make it a marketing template or reject it")
      }
      for (number, button) in (component.buttons ?? []).enumerated() {
        guard let url = button.url else { continue }
        let path = "\(field).buttons[\(number)].url"
        if let host = shortener(in: url) { warnings.append("\(path): Meta rejects shortened links (\(host))") }
        if url.contains("://wa.me") || url.contains("://api.whatsapp.com") {
          warnings.append("\(path): Meta rejects links to WhatsApp")
        }
      }
    }
    return warnings
  }

  private static func ofBody(_ text: String, _ field: String) -> [String] {
    var warnings: [String] = []
    let parts = TemplateText(text).parts
    if case .words(let last) = parts.last, parts.count > 1, !last.contains(where: { $0.isLetter || $0.isNumber }) {
      warnings.append("\(field): only punctuation stands behind the last variable; Meta may take it for the end")
    }
    for index in parts.indices.dropFirst(2) {
      if case .variable = parts[index], case .variable = parts[index - 2], case .words(let between) = parts[index - 1],
        between.allSatisfy(\.isWhitespace)
      {
        warnings.append("\(field): two variables stand side by side; put words between them")
        break
      }
    }
    return warnings
  }

  private static func shortener(in text: String) -> String? {
    let lower = text.lowercased()
    return shorteners.first { lower.contains("://\($0)/") || lower.contains(" \($0)/") || lower.hasPrefix("\($0)/") }
  }

  private static func promotionWord(_ text: String) -> String? {
    if text.contains("% off") { return "% off" }
    return text.split { !$0.isLetter }.map { $0.lowercased() }.first { promotion.contains($0) }
  }
}
