import Synchronization
import Telemetry
import Wire

/// What a peer counts at the calling end.
final class PeerMetrics: Sendable {
  let connections: Gauge
  let lateResponses: Counter
  let retries: Counter
  private let peer: String
  private let metrics: Metrics
  private let methods = Mutex<[String: Method]>([:])

  private struct Method {
    let seconds: Histogram
    var outcomes: [String: Counter] = [:]
  }

  private struct Found {
    let seconds: Histogram
    let outcome: Counter
  }

  init(_ peer: ServiceName, _ metrics: Metrics) {
    self.peer = peer.rawValue
    self.metrics = metrics
    let labels: KeyValuePairs = ["peer": peer.rawValue]
    connections = metrics.gauge("wss_rpc_client_connections", "Connections ready for calls.", labels: labels)
    lateResponses = metrics.counter(
      "wss_rpc_client_late_responses_total", "Responses to calls nobody waited for any more.", labels: labels)
    retries = metrics.counter("wss_rpc_client_retries_total", "Calls tried again.", labels: labels)
  }

  /// Counts one call with all its tries; `code` is nil for a success.
  func ended(_ name: String, _ code: CallFailure.Code?, nanoseconds: Int64) {
    let word = code?.rawValue ?? "ok"
    let found = methods.withLock { methods -> Found in
      var method = methods[name] ?? Method(seconds: histogram(name))
      if let known = method.outcomes[word] { return Found(seconds: method.seconds, outcome: known) }
      let made = counter(name, word)
      method.outcomes[word] = made
      methods[name] = method
      return Found(seconds: method.seconds, outcome: made)
    }
    found.seconds.observe(nanoseconds: nanoseconds)
    found.outcome.increment()
  }

  private func histogram(_ name: String) -> Histogram {
    metrics.histogram(
      "wss_rpc_client_call_seconds", "Time of a call with all its tries.", labels: ["peer": peer, "method": name])
  }

  private func counter(_ name: String, _ code: String) -> Counter {
    metrics.counter(
      "wss_rpc_client_calls_total", "Calls ended.", labels: ["peer": peer, "method": name, "code": code])
  }
}
