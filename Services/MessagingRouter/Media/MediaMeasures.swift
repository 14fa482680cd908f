import Synchronization
import Telemetry

/// What operators see of media.
struct MediaMeasures: Sendable {
  private let fetches: @Sendable (String) -> Counter
  private let seconds: Histogram
  private let bytes: Gauge
  private let files: Gauge

  init(_ metrics: Metrics) {
    fetches = {
      metrics.counter(
        "wss_router_media_fetches_total", "Fetches of customers' media by outcome.", labels: ["outcome": $0])
    }
    seconds = metrics.histogram("wss_router_media_fetch_seconds", "Time of one fetch from Meta.")
    bytes = metrics.gauge("wss_router_media_bytes", "Bytes of the media kept, each content once.")
    files = metrics.gauge("wss_router_media_files", "Files of media kept.")
  }

  func fetched(_ outcome: String, nanoseconds: Int64) {
    fetches(outcome).increment()
    seconds.observe(nanoseconds: nanoseconds)
  }

  func kept(files count: Int, bytes sum: Int) {
    files.set(Double(count))
    bytes.set(Double(sum))
  }
}
