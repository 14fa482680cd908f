/// Form fields as Twilio sends them: a space is `+`.
enum CarrierForm {
  typealias Fields = [(name: String, value: String)]

  static func encode(_ fields: Fields) -> String {
    fields.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
  }

  private static func escape(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { PercentCoding.encode(String($0)) }
      .joined(separator: "+")
  }

  /// A URL with these fields in its query, as Twilio calls it with GET.
  static func url(_ url: String, adding fields: Fields) -> String {
    "\(url)\(url.contains("?") ? "&" : "?")\(encode(fields))"
  }
}
