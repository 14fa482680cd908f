/// Takes user names and passwords out of the URLs in a text: a carrier's words may quote the URL they are about.
enum URLBlanking {
  static func blank(_ text: String) -> String {
    var rest = text[...]
    var blanked = ""
    while let marker = rest.firstRange(of: "://") {
      blanked += rest[..<marker.upperBound]
      rest = rest[marker.upperBound...]
      let authority = rest.prefix { !$0.isWhitespace && !"/?#\"'<>".contains($0) }
      guard let at = authority.lastIndex(of: "@") else { continue }
      blanked += "…"
      rest = rest[at...]
    }
    return blanked + rest
  }
}
