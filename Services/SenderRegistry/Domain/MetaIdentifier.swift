/// An id of Meta's (WABA, number, business): digits only. It becomes part of a URL, so nothing else passes.
enum MetaIdentifier {
  static func isValid(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
