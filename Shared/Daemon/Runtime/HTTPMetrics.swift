import HTTP
import Synchronization
import Telemetry
import Transport

/// Counts and times the requests of the HTTP listener.
final class HTTPMetrics: Sendable {
  private struct Key: Hashable {
    let method: String
    let route: String
    let status: Int
  }

  private struct Series {
    let requests: Counter
    let seconds: Histogram
  }

  private let metrics: Metrics
  /// Finding series by labels builds text; one look-up here per request does not. Bounded because methods,
  /// routes and statuses are, by what the server passes.
  private let series = Mutex<[Key: Series]>([:])

  private init(_ metrics: Metrics) { self.metrics = metrics }

  /// What the server calls.
  static func observer(log: Log, metrics: Metrics) -> HTTPObserver {
    let counted = HTTPMetrics(metrics)
    let connections = metrics.gauge("wss_http_connections", "Open HTTP connections.")
    return HTTPObserver(
      requestFinished: { method, route, status, nanoseconds in
        let series = counted.series(Key(method: method, route: route, status: status))
        series.requests.increment()
        series.seconds.observe(nanoseconds: nanoseconds)
        if log.level > .debug { return }
        log.debug(
          "http.request",
          [
            "method": .string(method), "route": .string(route), "status": .int(status),
            "milliseconds": .double(Double(nanoseconds) / 1e6),
          ])
      },
      rejected: { code, remote in
        metrics.counter("wss_http_rejected_total", "Requests refused before a handler.", labels: ["code": code])
          .increment()
        log.info("http.rejected", ["code": .string(code), "remote": .string(remote.host)])
      },
      connectionsChanged: { connections.set($0) })
  }

  private func series(_ key: Key) -> Series {
    series.withLock { known in
      if let found = known[key] { return found }
      let made = Series(
        requests: metrics.counter(
          "wss_http_requests_total", "HTTP requests answered.",
          labels: ["method": key.method, "route": key.route, "status": "\(key.status)"]),
        seconds: metrics.histogram(
          "wss_http_request_seconds", "From complete request to last byte of the answer.",
          labels: ["method": key.method, "route": key.route]))
      if known.count < Metrics.seriesPerName { known[key] = made }
      return made
    }
  }
}
