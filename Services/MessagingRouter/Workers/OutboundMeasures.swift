import Telemetry

/// What operators see of sending.
struct OutboundMeasures: Sendable {
  private let outcomes: @Sendable (String) -> Counter
  private let seconds: Histogram
  private let unsent: Counter

  init(_ metrics: Metrics) {
    outcomes = { metrics.counter("wss_router_sends_total", "Sends to Meta by outcome.", labels: ["outcome": $0]) }
    seconds = metrics.histogram("wss_router_send_seconds", "Time of one send to Meta.")
    unsent = metrics.counter("wss_router_ended_unsent_total", "Messages that ended before Meta was asked.")
  }

  func sent(_ outcome: SendOutcome, nanoseconds: Int64) {
    seconds.observe(nanoseconds: nanoseconds)
    outcomes(label(outcome)).increment()
  }

  func ended(_ count: Int) { if count > 0 { unsent.increment(by: count) } }

  private func label(_ outcome: SendOutcome) -> String {
    switch outcome {
    case .accepted: "accepted"
    case .unknown: "unknown"
    case .retry: "retry"
    case .failed: "failed"
    }
  }
}
