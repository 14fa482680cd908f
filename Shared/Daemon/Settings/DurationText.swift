/// Lengths of time as settings spell them: `500ms`, `5s`, `2m`, `12h`, `3d`.
package enum DurationText {
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  package static func parse(_ text: String) -> Duration? {
    for (suffix, milliseconds) in units where text.hasSuffix(suffix) {
      let digits = text.dropLast(suffix.count)
      guard digits.utf8.count <= 15, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let count = Int64(digits)
      else { continue }
      let (product, overflow) = count.multipliedReportingOverflow(by: milliseconds)
      return overflow ? nil : .milliseconds(product)
    }
    return nil
  }

  /// The shortest exact spelling, rounded down to milliseconds.
  static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let total = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    for (suffix, milliseconds) in units.reversed() where total % milliseconds == 0 && total >= milliseconds {
      return "\(total / milliseconds)\(suffix)"
    }
    return "\(total)ms"
  }
}
