/// The two spellings of time in Meta's answers.
package enum MetaMoment {
  /// Reads `2026-11-22T10:00:00+0000` (RFC 3339 but for the colon in the offset) or seconds since 1970; nil for anything
  /// else. In milliseconds since 1970.
  package static func parse(_ text: String?) -> Int64? {
    guard let text else { return nil }
    if let seconds = Int64(text), seconds > 0, seconds < 100_000_000_000 { return seconds * 1_000 }
    guard text.utf8.count == 24, let zone = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
    let offset = text[zone...]
    guard offset.utf8.count == 5 else { return nil }
    let spelled = text[..<zone] + offset.prefix(3) + ":" + offset.suffix(2)
    do { return try Timestamp(parsing: String(spelled)).milliseconds } catch { return nil }
  }
}
