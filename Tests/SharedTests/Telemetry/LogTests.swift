import Glibc
import JSON
import Telemetry
import TestSupport
import Testing

@Suite struct LogTests {
  let lines = CollectedLines()
  let time = TestClock(at: 1_772_269_507_042)

  private func log(level: Log.Level = .debug, repeatsPerSecond: Int = .max, key: [UInt8]? = nil) -> Log {
    Log(
      service: "receipts", level: level, sink: .collecting(into: lines, repeatsPerSecond: repeatsPerSecond),
      redactionKey: key, clock: time.clock)
  }

  private func last() throws -> JSONNode {
    try JSONDocument(parsing: Array((lines.all.last ?? "").utf8)).root
  }

  @Test func `a line is one JSON object with time, level, service and event first`() throws {
    log().notice("sender.online", ["sender": "snd_1", "count": 3, "share": 0.5, "again": false, "peer": nil])
    #expect(
      lines.all == [
        #"{"time":"2026-02-28T09:05:07.042Z","level":"notice","service":"receipts","event":"sender.online","#
          + #""sender":"snd_1","count":3,"share":0.5,"again":false,"peer":null}"#
      ])
  }

  @Test func `a running trace is in the line`() throws {
    let trace = TraceContext.make()
    TraceContext.$current.withValue(trace) { log().info("a.b") }
    #expect(try last()["trace_id"]?.string == trace.traceID)
    log().info("a.b")
    #expect(try last()["trace_id"] == nil)
  }

  @Test(arguments: Log.Level.allCases)
  func `lines below the level are not written`(level: Log.Level) {
    let log = log(level: level)
    log.debug("e")
    log.info("e")
    log.notice("e")
    log.error("e")
    log.fault("e")
    #expect(lines.all.count == Log.Level.allCases.filter { $0 >= level }.count)
  }

  @Test(arguments: ["quote\" back\\slash", "line\nfeed\r\ttab", "\u{0}\u{1}\u{1B}[31m\u{7F}\u{9B}", "grüß 👋🏽", ""])
  func `any text survives as JSON without control characters`(text: String) throws {
    log().info("e", ["text": .string(text)])
    #expect(try last()["text"]?.string == text)
    let line = try #require(lines.all.last)
    #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
  }

  @Test func `long text is cut`() throws {
    log().info("e", ["text": .string(String(repeating: "é", count: 100_000))])
    #expect(try last()["text"]?.string == String(repeating: "é", count: 1_024) + "…")
  }

  @Test func `a field cannot pose as one of the line's own`() throws {
    log().info("real", ["event": "fake", "time": 0])
    #expect(try last()["event"]?.string == "real")
    #expect(try last()["field_event"]?.string == "fake")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `a number that JSON cannot spell is null`(number: Double) throws {
    log().info("e", ["n": .double(number)])
    #expect(try last()["n"]?.isNull == true)
  }

  @Test func `people's data never appears, and equal data gives equal marks`() throws {
    let phone = "+4915112345678"
    log().info("e", ["phone": .redacted(phone), "body": .redacted("Hallo, hier ist Anna")])
    let line = try #require(lines.all.last)
    #expect(!line.contains("4915112345678") && !line.contains("Anna"))
    let mark = try #require(try last()["phone"]?.string)
    #expect(mark.first == "#" && mark.count == 13)

    let keyed = log(key: [1, 2, 3])
    #expect(keyed.redactor.mark(phone) == log(key: [1, 2, 3]).redactor.mark(phone))
    #expect(keyed.redactor.mark(phone) != keyed.redactor.mark("+4915112345679"))
    #expect(keyed.redactor.mark(phone) != log().redactor.mark(phone))
  }

  @Test func `repeated events are counted, then summarised when their second is over`() throws {
    let log = log(repeatsPerSecond: 3)
    for _ in 0..<10 { log.error("storm", ["n": 1]) }
    log.info("calm")
    #expect(lines.ofEvent("storm").count == 3)
    #expect(lines.ofEvent("log.suppressed").isEmpty)
    time.advance(by: .seconds(1))
    log.info("calm")
    let summary = try JSONDocument(parsing: Array(try #require(lines.ofEvent("log.suppressed").first).utf8)).root
    #expect(summary["of_event"]?.string == "storm" && summary["count"]?.int64 == 7)
    log.error("storm")
    #expect(lines.ofEvent("storm").count == 4)
  }

  @Test func `the end of a storm is reported even when silence follows`() {
    let log = log(repeatsPerSecond: 1)
    for _ in 0..<5 { log.info("e") }
    log.summarise()
    #expect(lines.ofEvent("log.suppressed").isEmpty)
    time.advance(by: .seconds(1))
    log.summarise()
    log.summarise()
    #expect(lines.ofEvent("log.suppressed").count == 1)
  }

  @Test func `a clock that is set back does not mute an event`() {
    let log = log(repeatsPerSecond: 1)
    log.info("e")
    time.advance(by: .seconds(-3_600))
    log.info("e")
    #expect(lines.ofEvent("e").count == 2)
  }

  @Test func `the end writes what was still counted`() {
    let log = log(repeatsPerSecond: 1)
    for _ in 0..<5 { log.info("e") }
    log.flush()
    log.flush()
    #expect(lines.ofEvent("log.suppressed").count == 1)
    #expect(lines.all.last?.contains("\"count\":4") == true)
  }

  @Test func `standard error gets the line and nothing else`() async throws {
    let result = await #expect(processExitsWith: .exitCode(7), observing: [\.standardErrorContent]) {
      Log(service: "x", clock: WallClock { 0 }).notice("a.b", ["n": 1])
      exit(7)
    }
    let expected = #"{"time":"1970-01-01T00:00:00.000Z","level":"notice","service":"x","event":"a.b","n":1}"# + "\n"
    #expect(String(decoding: result?.standardErrorContent ?? [], as: UTF8.self) == expected)
  }

  @Test func `lines of many tasks stay whole`() async throws {
    let log = log()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask { for number in 0..<100 { log.info("e", ["task": .int(task), "number": .int(number)]) } }
      }
    }
    #expect(lines.all.count == 800)
    for line in lines.all { _ = try JSONDocument(parsing: Array(line.utf8)) }
  }
}
