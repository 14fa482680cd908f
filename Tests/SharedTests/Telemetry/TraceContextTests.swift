import JSON
import Telemetry
import Testing

@Suite struct TraceContextTests {
  private static let example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  private static let broken: [String] = [
    "", "00", example.uppercased(), "\(example)-", "\(example)0", String(example.dropLast()), "ff\(rest)",
    "0g\(rest)", "00_\(rest.dropFirst())", " \(example)", "\(example)\n", "01\(rest)x",
    "01\(rest)-\(String(repeating: "a", count: 600))",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
  ]
  private static var rest: Substring { example.dropFirst(2) }

  @Test func `the recommendation's example is read and spelled back`() throws {
    let context = try #require(TraceContext(traceparent: Self.example))
    #expect(context.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(context.spanID == "b7ad6b7169203331")
    #expect(context.traceparent == Self.example)
  }

  @Test(arguments: TraceContextTests.broken)
  func `what is not a traceparent to the letter is refused`(text: String) {
    #expect(TraceContext(traceparent: text) == nil)
  }

  @Test func `a later version is read by its first four parts`() throws {
    let later = try #require(TraceContext(traceparent: "cc\(Self.rest)-what-the-future-holds"))
    #expect(later.traceparent == Self.example)
  }

  @Test func `unknown flags are not passed on`() throws {
    let flags = try #require(TraceContext(traceparent: String(Self.example.dropLast(2)) + "fe"))
    #expect(flags.traceparent.hasSuffix("-00"))
  }

  @Test func `a child stays in the trace with a step of its own`() throws {
    let parent = TraceContext.make()
    let child = parent.child()
    #expect(child.traceID == parent.traceID && child.spanID != parent.spanID)
    #expect(TraceContext(traceparent: child.traceparent) == child)
    #expect(TraceContext.make().traceID != parent.traceID)
  }

  @Test func `it travels in JSON as its header's text`() throws {
    let context = TraceContext.make()
    let bytes = try JSONCoder.encode(["trace": context])
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"trace":"\#(context.traceparent)"}"#)
    #expect(try JSONCoder.decode([String: TraceContext].self, from: bytes)["trace"] == context)
    #expect(throws: (any Error).self) {
      try JSONCoder.decode([String: TraceContext].self, from: Array(#"{"trace":"00-1-2-3"}"#.utf8))
    }
  }
}
