import Synchronization

/// A service's log: one JSON object a line, stable event names, people's data redacted.
///
/// Levels: `fault` = our bug, `error` = input or environment is wrong, `notice` = what an operator needs,
/// `info` = the story of normal work, `debug` = the rest.
package struct Log: Sendable {
  /// How much a line matters; lines below the log's level are not built.
  package enum Level: String, Sendable, CaseIterable, Comparable {
    case debug, info, notice, error, fault

    package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .debug: 0
      case .info: 1
      case .notice: 2
      case .error: 3
      case .fault: 4
      }
    }
  }

  /// The service that every line names.
  package let service: String
  /// The lowest level that is written.
  package let level: Level
  /// How people's data is hashed in this log.
  package let redactor: Redactor
  private let clock: WallClock
  private let output: LogOutput

  /// A log. Without a `redactionKey` marks correlate within this start only.
  package init(
    service: String, level: Level = .info, sink: LogSink = .standardError, redactionKey: [UInt8]? = nil,
    clock: WallClock = .system
  ) {
    self.service = service
    self.level = level
    self.clock = clock
    redactor = Redactor(key: redactionKey)
    output = LogOutput(sink)
  }

  /// A log that writes nothing, for tests that do not look.
  package static let silent = Log(service: "silent", level: .fault, sink: .discarding)

  /// For developers.
  package func debug(_ event: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
    write(.debug, event, fields)
  }

  /// The story of normal work.
  package func info(_ event: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
    write(.info, event, fields)
  }

  /// What an operator needs to know.
  package func notice(_ event: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
    write(.notice, event, fields)
  }

  /// Input or environment is wrong.
  package func error(_ event: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
    write(.error, event, fields)
  }

  /// Our bug.
  package func fault(_ event: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
    write(.fault, event, fields)
  }

  /// A line whose level is decided at run time.
  package func write(_ level: Level, _ event: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
    if level < self.level { return }
    let now = clock.now
    let name = event.description
    let (admitted, summaries) = output.admit(name, now: now)
    for summary in summaries { write(summary, now) }
    if !admitted { return }
    var line = LogLine(
      time: now, level: level, service: service, event: name, trace: TraceContext.current?.traceID)
    for (name, value) in fields { line.add(name.description, value, redactor) }
    line.finish()
    output.sink.write(line.bytes)
  }

  /// Writes the counts of lines left out in seconds that are over. Every line does this too; a service calls it once
  /// a second so that the end of a storm is reported even when silence follows.
  package func summarise() {
    for summary in output.summaries(now: clock.now, atEnd: false) { write(summary, clock.now) }
  }

  /// Writes the counts of lines that were left out so far. Called once at the end.
  package func flush() {
    for summary in output.summaries(now: clock.now, atEnd: true) { write(summary, clock.now) }
  }

  private func write(_ summary: RepeatLimiter.Summary, _ now: Int64) {
    var line = LogLine(time: now, level: .notice, service: service, event: "log.suppressed", trace: nil)
    line.add("of_event", .string(summary.event), redactor)
    line.add("count", .int(summary.suppressed), redactor)
    line.finish()
    output.sink.write(line.bytes)
  }
}

/// The part of a log that copies of it share: the sink and its counting.
private final class LogOutput: Sendable {
  let sink: LogSink
  private let limiter: Mutex<RepeatLimiter>

  init(_ sink: LogSink) {
    self.sink = sink
    limiter = Mutex(RepeatLimiter(perSecond: sink.repeatsPerSecond))
  }

  func admit(_ event: String, now: Int64) -> (admitted: Bool, summaries: [RepeatLimiter.Summary]) {
    limiter.withLock { limiter in
      let summaries = limiter.summaries(now: now)
      return (limiter.admits(event, now: now), summaries)
    }
  }

  func summaries(now: Int64, atEnd: Bool) -> [RepeatLimiter.Summary] {
    limiter.withLock { $0.summaries(now: now, atEnd: atEnd) }
  }
}
