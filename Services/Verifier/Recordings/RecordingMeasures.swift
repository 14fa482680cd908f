import Telemetry

/// What became of a recording; the raw values are the metric's labels.
enum RecordingOutcome: String, Sendable, CaseIterable {
  case heard
  case needsListener = "needs_a_listener"
  /// Kept without a consequence: the verification had gone on.
  case late
  case noCode = "no_code"
  case silent
  case notAudio = "not_audio"
  case notFetched = "not_fetched"
  case discarded

  /// Somebody's call that was ours by mistake.
  var isDisruptedCall: Bool { self == .noCode || self == .silent || self == .discarded }
}

/// What operators see of recordings: counts and times, nothing of what was said.
struct RecordingMeasures: Sendable {
  private let metrics: Metrics

  init(_ metrics: Metrics) { self.metrics = metrics }

  func count(_ outcome: RecordingOutcome) {
    metrics.counter(
      "wss_verifier_recordings_total", "Recordings by what became of them.", labels: ["outcome": outcome.rawValue]
    ).increment()
    guard outcome.isDisruptedCall else { return }
    metrics.counter("wss_verifier_disrupted_calls_total", "Calls of other people that were answered here.").increment()
  }

  func time(_ answer: EngineAnswer) {
    let result =
      switch answer.result {
      case .success: "answered"
      case .failure(let failure): failure.code.lowercased()
      }
    metrics.histogram(
      "wss_verifier_engine_seconds", "From the question to a speech engine to its answer.",
      labels: ["engine": answer.engine, "result": result]
    ).observe(Double(answer.milliseconds) / 1_000)
  }

  func leftAtCarrier() {
    metrics.counter(
      "wss_verifier_recordings_left_total", "Recordings that the carrier did not delete within a day."
    ).increment()
  }
}
