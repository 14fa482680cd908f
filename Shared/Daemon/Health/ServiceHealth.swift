import JSON
import Wire

/// Where a service is in its life.
enum ServicePhase: String, Sendable {
  case starting, running, draining, stopped
}

/// What `/healthz` and `/readyz` answer from: one look at the service.
struct ServiceHealth: Sendable {
  let service: ServiceName
  let phase: ServicePhase
  let storeProblem: String?
  let readiness: Readiness

  /// An answer: HTTP status and JSON body.
  struct Answer: Equatable {
    let status: Int
    let body: [UInt8]
  }

  /// Process and store work: what a container restarts on. Peers do not matter here, nor does draining.
  var liveness: Answer {
    if phase == .starting || phase == .stopped { return answer(503, phase.rawValue) }
    if let storeProblem { return answer(503, "failing") { $0.member("store", storeProblem) } }
    return answer(200, "ok")
  }

  /// It can do its own job: what a proxy sends traffic on. What is missing is listed, and still 200.
  var readyState: Answer {
    if phase != .running { return answer(503, phase.rawValue) }
    let isReady = readiness.isReady && storeProblem == nil
    return answer(isReady ? 200 : 503, isReady ? "ready" : "not_ready") { writer in
      if let storeProblem { writer.member("store", storeProblem) }
      writer.key("degraded")
      writer.beginObject()
      for (name, reason) in readiness.degraded.sorted(by: { $0.key < $1.key }) { writer.member(name, reason) }
      writer.endObject()
    }
  }

  private func answer(_ status: Int, _ word: String, _ more: (inout JSONWriter) -> Void = { _ in }) -> Answer {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("status", word)
    writer.member("service", service.rawValue)
    writer.member("version", ProductVersion.current)
    more(&writer)
    writer.endObject()
    return Answer(status: status, body: writer.finish())
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }
}
