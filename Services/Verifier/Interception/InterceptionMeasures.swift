import Telemetry

/// What operators see of interceptions.
struct InterceptionMeasures: Sendable {
  private let sessions: Gauge
  private let permanent: Gauge
  private let restoreFailures: Counter
  private let metrics: Metrics

  init(_ metrics: Metrics) {
    self.metrics = metrics
    let name = "wss_verifier_intercepted_numbers"
    let help = "Numbers whose calls may come here, by the kind of interception."
    sessions = metrics.gauge(name, help, labels: ["kind": "session"])
    permanent = metrics.gauge(name, help, labels: ["kind": "permanent"])
    restoreFailures = metrics.counter(
      "wss_verifier_route_restore_failures_total", "Tries to give a number's route back that failed.")
  }

  func counted(sessions: Int, permanent: Int) {
    self.sessions.set(sessions)
    self.permanent.set(permanent)
  }

  func restoreFailed() { restoreFailures.increment() }

  func changed(to state: InterceptionRow.State) {
    metrics.counter(
      "wss_verifier_interception_steps_total", "Steps of interceptions, by the state reached.",
      labels: ["state": state.rawValue]
    ).increment()
  }
}
