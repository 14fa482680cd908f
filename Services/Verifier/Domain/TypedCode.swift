/// A code as a person typed it. Held in memory while it is on its way to Meta, never stored, never logged.
struct TypedCode: Sendable {
  /// Six digits (facts: the SMS spells it `123-456`).
  let digits: String

  /// Nil unless six digits are left when hyphens and spaces are dropped.
  init?(_ text: String) {
    guard text.utf8.count <= 64 else { return nil }
    let kept = text.unicodeScalars.filter { !["-", " ", "\u{00A0}", "\u{2011}", "\u{2013}"].contains($0) }
    guard kept.count == 6, kept.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
    digits = String(String.UnicodeScalarView(kept))
  }
}
