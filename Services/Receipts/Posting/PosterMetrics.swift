import Telemetry

/// What is counted of posting processes.
struct PosterMetrics: Sendable {
  let processes: Gauge
  private let sharedStops: Counter
  private let soloStops: Counter

  init(_ metrics: Metrics) {
    processes = metrics.gauge("wss_receipts_posters", "Posting processes that run.")
    let name = "wss_receipts_poster_restarts_total"
    let help = "Posting processes that stopped and were not meant to."
    sharedStops = metrics.counter(name, help, labels: ["process": "shared"])
    soloStops = metrics.counter(name, help, labels: ["process": "solo"])
  }

  func stopped(alone: Bool) { (alone ? soloStops : sharedStops).increment() }
}
