/// Finds what somebody probably meant.
enum NearestName {
  /// The candidate that differs least, if it differs by little (a third of its length, at most 3 edits).
  static func of(_ text: String, among candidates: some Sequence<String>) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in candidates.sorted() {
      let allowed = min(3, max(1, candidate.utf8.count / 3))
      let found = distance(Array(text.utf8), Array(candidate.utf8))
      if found <= allowed && found < best?.distance ?? .max { best = (candidate, found) }
    }
    return best?.name
  }

  /// Edits (insert, delete, replace) between two short texts; long ones are not compared.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.count > 100 || b.count > 100 { return .max }
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.enumerated() {
        let replaced = diagonal + (left == right ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
