/// Medians and percentiles of what was measured.
enum Samples {
  static func median(_ values: [Double]) -> Double { percentile(values, 0.5) }

  /// The nearest-rank percentile, `part` from 0 to 1. Zero of nothing.
  static func percentile<Value: Comparable & Numeric>(_ values: [Value], _ part: Double) -> Value {
    let sorted = values.sorted()
    if sorted.isEmpty { return .zero }
    let rank = Int((part * Double(sorted.count)).rounded(.up)) - 1
    return sorted[min(max(rank, 0), sorted.count - 1)]
  }

  /// Nanoseconds as milliseconds.
  static func milliseconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e6 }
}
