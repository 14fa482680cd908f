/// Spells metrics in Prometheus' text format 0.0.4.
enum MetricText {
  static func append(_ family: MetricFamily, to text: inout String) {
    text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
    text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
    for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
      switch series {
      case .counter(let counter): sample(family.name, labels, Double(counter.value), &text)
      case .gauge(let gauge): sample(family.name, labels, gauge.value, &text)
      case .callback(let read): sample(family.name, labels, read(), &text)
      case .histogram(let histogram): append(histogram.snapshot, family.name, labels, &text)
      case .histogramCallback(let read): append(read(), family.name, labels, &text)
      }
    }
  }

  private static func append(
    _ snapshot: Histogram.Snapshot, _ name: String, _ labels: String, _ text: inout String
  ) {
    let prefix = labels.isEmpty ? "" : labels + ","
    var total = 0
    for (index, count) in snapshot.counts.enumerated() {
      total += count
      let bound = index < snapshot.bounds.count ? spelled(snapshot.bounds[index]) : "+Inf"
      sample(name + "_bucket", "\(prefix)le=\"\(bound)\"", Double(total), &text)
    }
    sample(name + "_sum", labels, snapshot.sum, &text)
    sample(name + "_count", labels, Double(total), &text)
  }

  private static func sample(_ name: String, _ labels: String, _ value: Double, _ text: inout String) {
    text += labels.isEmpty ? name : "\(name){\(labels)}"
    text += " \(spelled(value))\n"
  }

  static func spelled(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), abs(value) < 9_007_199_254_740_992 { return String(whole) }
    return String(value)
  }

  /// Backslash and newline are escaped everywhere, quotes in label values only.
  static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
