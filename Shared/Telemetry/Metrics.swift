import Synchronization

/// Every number a service counts, and their text for Prometheus (exposition format 0.0.4).
///
/// Names follow Prometheus' conventions: prefix `wss_`, base units (`_seconds`, `_bytes`), `_total` for
/// counters. Asking again for the same name and labels gives the same object; hot paths keep it.
package final class Metrics: Sendable {
  /// Series of one name; what comes beyond is counted together under label values `other`.
  package static let seriesPerName = 1_000

  private let families = Mutex<[String: MetricFamily]>([:])

  package init() {}

  /// A counter; its name ends in `_total`.
  package func counter(_ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:]) -> Counter {
    let series = series(name, help, .counter, labels) { .counter(Counter()) }
    guard case .counter(let counter) = series else { preconditionFailure("\(name) is read by a callback") }
    return counter
  }

  /// A gauge.
  package func gauge(_ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:]) -> Gauge {
    let series = series(name, help, .gauge, labels) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = series else { preconditionFailure("\(name) is read by a callback") }
    return gauge
  }

  /// A histogram; `buckets` are upper bounds, ascending, without +Inf.
  package func histogram(
    _ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:],
    buckets: [Double] = .latencySeconds
  ) -> Histogram {
    let series = series(name, help, .histogram, labels) { .histogram(Histogram(bounds: buckets)) }
    guard case .histogram(let histogram) = series else { preconditionFailure("\(name) is read by a callback") }
    return histogram
  }

  /// A gauge that is read when asked for. `read` must not block and not use these metrics.
  package func collect(
    _ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:],
    read: @escaping @Sendable () -> Double
  ) {
    _ = series(name, help, .gauge, labels) { .callback(read) }
  }

  /// A counter that is kept elsewhere and read when asked for.
  package func collectCounter(
    _ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:],
    read: @escaping @Sendable () -> Double
  ) {
    _ = series(name, help, .counter, labels) { .callback(read) }
  }

  /// A histogram that is kept elsewhere and read when asked for.
  package func collectHistogram(
    _ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:],
    read: @escaping @Sendable () -> Histogram.Snapshot
  ) {
    _ = series(name, help, .histogram, labels) { .histogramCallback(read) }
  }

  /// Everything as text, names sorted, HELP and TYPE once each.
  package func render() -> String {
    // Callbacks run outside the lock: they may take locks of their own.
    let present = families.withLock { Array($0.values) }.sorted { $0.name < $1.name }
    var text = ""
    for family in present { MetricText.append(family, to: &text) }
    return text
  }

  private func series(
    _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ labels: KeyValuePairs<String, String>,
    make: () -> MetricSeries
  ) -> MetricSeries {
    families.withLock { families in
      var family = families[name] ?? MetricFamily(name: name, help: help, kind: kind)
      precondition(family.kind == kind, "\(name) was declared with another type")
      let series = family.series(labels, make)
      families[name] = family
      return series
    }
  }
}
