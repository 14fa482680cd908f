/// What a load run saw.
struct LoadOutcome: Sendable {
  /// Answers by status.
  var statuses: [Int: Int] = [:]
  var seconds = 0.0
  /// From the first byte handed to the kernel to the last byte of the answer, in nanoseconds.
  var latencies: [Int64] = []

  var accepted: Int { statuses[200, default: 0] }
  var rate: Double { Double(accepted) / seconds }
  func milliseconds(_ percentile: Double) -> Double {
    Samples.milliseconds(Samples.percentile(latencies, percentile))
  }
}
