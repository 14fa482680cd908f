import Telemetry
import Wire

/// What an RPC server counts. Loop thread only, so that the objects of a method are looked up without a lock.
final class RPCServerMetrics {
  let connections: Gauge
  let handshakeFailures: Counter
  let evicted: Counter
  let lateReplies: Counter
  let protocolErrors: Counter
  private let metrics: Metrics
  private var methods: [String: RPCMethodMetrics] = [:]

  init(_ metrics: Metrics) {
    self.metrics = metrics
    connections = metrics.gauge("wss_rpc_server_connections", "Connections with a proven peer.")
    handshakeFailures = metrics.counter(
      "wss_rpc_server_handshake_failures_total", "Connections that did not prove who they are.")
    evicted = metrics.counter(
      "wss_rpc_server_unauthenticated_evicted_total", "Unproven connections closed to make room for newer ones.")
    lateReplies = metrics.counter(
      "wss_rpc_server_late_replies_total", "Handlers that ended after their call had been answered or lost.")
    protocolErrors = metrics.counter(
      "wss_rpc_server_protocol_errors_total", "Connections closed because the peer broke the protocol.")
  }

  /// The numbers of one method; only names with a handler get their own.
  func method(_ name: String) -> RPCMethodMetrics {
    if let found = methods[name] { return found }
    let made = RPCMethodMetrics(name, metrics)
    methods[name] = made
    return made
  }
}

/// What is counted for one method.
final class RPCMethodMetrics {
  private let name: String
  private let metrics: Metrics
  private let seconds: Histogram
  private var outcomes: [CallFailure.Code: Counter] = [:]
  private let successes: Counter

  init(_ name: String, _ metrics: Metrics) {
    self.name = name
    self.metrics = metrics
    seconds = metrics.histogram(
      "wss_rpc_server_call_seconds", "Time from a request to its response.", labels: ["method": name])
    successes = Self.counter(metrics, name, "ok")
  }

  /// Counts one answered call; `code` is nil for a success.
  func answered(_ code: CallFailure.Code?, nanoseconds: Int64) {
    seconds.observe(nanoseconds: nanoseconds)
    guard let code else { return successes.increment() }
    if let counter = outcomes[code] { return counter.increment() }
    let counter = Self.counter(metrics, name, code.rawValue)
    outcomes[code] = counter
    counter.increment()
  }

  private static func counter(_ metrics: Metrics, _ name: String, _ code: String) -> Counter {
    metrics.counter("wss_rpc_server_calls_total", "Requests answered.", labels: ["method": name, "code": code])
  }
}
