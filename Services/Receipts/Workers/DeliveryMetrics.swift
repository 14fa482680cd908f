import Telemetry

/// What is counted of deliveries and their attempts.
struct DeliveryMetrics: Sendable {
  let inFlight: Gauge
  /// From the event's commit to the first attempt.
  let firstDelay: Histogram
  private let seconds: Histogram
  private let delivered: Counter
  private let exhausted: Counter
  private let outcomes: @Sendable (String) -> Counter

  init(_ metrics: Metrics) {
    inFlight = metrics.gauge("wss_receipts_in_flight", "Attempts under way.")
    firstDelay = metrics.histogram(
      "wss_receipts_first_attempt_delay_seconds", "From the commit of an event to its first attempt.")
    seconds = metrics.histogram("wss_receipts_attempt_seconds", "Time of one attempt.")
    let name = "wss_receipts_deliveries_total"
    delivered = metrics.counter(name, "Deliveries that ended, by how.", labels: ["state": "delivered"])
    exhausted = metrics.counter(name, "Deliveries that ended, by how.", labels: ["state": "exhausted"])
    outcomes = {
      metrics.counter("wss_receipts_attempts_total", "Attempts to deliver, by outcome.", labels: ["outcome": $0])
    }
  }

  func attempted(_ result: PostResult, nanoseconds: Int64) {
    seconds.observe(nanoseconds: nanoseconds)
    outcomes(result.label).increment()
  }

  func settled(_ next: DeliveryNext) {
    switch next {
    case .delivered: delivered.increment()
    case .exhausted: exhausted.increment()
    case .again, .interrupted, .hindered: break
    }
  }
}
