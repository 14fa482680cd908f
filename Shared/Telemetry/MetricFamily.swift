/// All series of one metric name.
struct MetricFamily {
  enum Kind: String { case counter, gauge, histogram }

  let name: String
  let help: String
  let kind: Kind
  /// By their rendered labels, `a="1",b="2"`, empty for none.
  private(set) var series: [String: MetricSeries] = [:]

  init(name: String, help: String, kind: Kind) {
    precondition(Self.isName(name, allowColon: true), "\(name) is no metric name")
    self.name = name
    self.help = help
    self.kind = kind
  }

  mutating func series(_ labels: KeyValuePairs<String, String>, _ make: () -> MetricSeries) -> MetricSeries {
    let key = rendered(labels)
    if let known = series[key] { return known }
    if series.count < Metrics.seriesPerName {
      let made = make()
      series[key] = made
      return made
    }
    // Labels from outside must not grow memory without end: the rest is counted together.
    let other = labels.map { name, _ in "\(name)=\"other\"" }.joined(separator: ",")
    if let known = series[other] { return known }
    let made = make()
    series[other] = made
    return made
  }

  private func rendered(_ labels: KeyValuePairs<String, String>) -> String {
    var text = ""
    for (label, value) in labels {
      precondition(Self.isName(label, allowColon: false) && label != "le", "\(label) is no label name")
      if !text.isEmpty { text += "," }
      text += "\(label)=\"\(MetricText.escaped(value, quotes: true))\""
    }
    return text
  }

  private static func isName(_ text: String, allowColon: Bool) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      case UInt8(ascii: ":"): allowColon
      default: false
      }
    }
  }
}

/// One line of numbers, or one histogram's lines.
enum MetricSeries: Sendable {
  case counter(Counter)
  case gauge(Gauge)
  case histogram(Histogram)
  case callback(@Sendable () -> Double)
  case histogramCallback(@Sendable () -> Histogram.Snapshot)
}
