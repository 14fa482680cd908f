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

  /// Edits (insert, delete, replace, swap of neighbours) between two short texts; long ones are not compared.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.count > 100 || b.count > 100 { return .max }
    var rows = [Array(0...b.count)]
    for (i, left) in a.enumerated() {
      var row = [i + 1]
      for (j, right) in b.enumerated() {
        var best = min(rows[i][j] + (left == right ? 0 : 1), row[j] + 1, rows[i][j + 1] + 1)
        if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
