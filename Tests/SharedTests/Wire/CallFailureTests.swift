import TestSupport
import Transport
import Telemetry
import JSON
import Testing
import Wire

@Suite struct CallFailureTests {
  static let every: [CallFailure] = [
    .invalidArgument("A", "a", field: "x.y"), .notFound("A", "a"), .alreadyExists("A", "a"),
    .failedPrecondition("A", "a", details: [1, 2]), .permissionDenied("A", "a"), .unauthenticated("A", "a"),
    .resourceExhausted("A", "a", retryAfter: .milliseconds(1_500)), .aborted("A", "a"),
    .unavailable("A", "a", started: false), .deadlineExceeded("a"), .cancelled("a"), .unimplemented("A", "a"),
    .internal(), CallFailure(.dataLoss, "A", "a"),
  ]

  @Test(arguments: every)
  func `every failure survives the wire`(failure: CallFailure) throws {
    let bytes = try JSONCoder.encode(failure)
    #expect(try JSONCoder.decode(CallFailure.self, from: bytes) == failure)
  }

  @Test func `is spelled as the specification says`() throws {
    let text = String(decoding: try JSONCoder.encode(Self.every[6]), as: UTF8.self)
    #expect(text == #"{"code":"resource_exhausted","reason":"A","message":"a","retry":{"after_ms":1500}}"#)
    let same = String(decoding: try JSONCoder.encode(Self.every[8]), as: UTF8.self)
    #expect(same == #"{"code":"unavailable","reason":"A","message":"a","retry":"same","started":false}"#)
  }

  @Test func `a wait is rounded up to whole milliseconds and bounded to a day`() {
    #expect(CallFailure.unavailable("A", "a", retryAfter: .microseconds(10)).retry == .afterMilliseconds(1))
    #expect(CallFailure.unavailable("A", "a", retryAfter: .seconds(-1)).retry == .afterMilliseconds(0))
    #expect(
      CallFailure.unavailable("A", "a", retryAfter: .seconds(1_000_000)).retry == .afterMilliseconds(86_400_000))
  }

  @Test(arguments: [
    (#""never""#, CallRetry.never), (#""same""#, .same), (#"{"after_ms":5}"#, .afterMilliseconds(5)),
    (#""later""#, .never), (#"{"after_ms":-5}"#, .afterMilliseconds(0)),
  ])
  func `reads the ways to say when to try again`(text: String, retry: CallRetry) throws {
    #expect(try JSONCoder.decode(CallRetry.self, from: text) == retry)
  }

  @Test func `deadlines saturate instead of overflowing`() {
    #expect(Deadline.after(.seconds(Int64.max)).nanoseconds == .max)
    #expect(Deadline.after(.seconds(-5)).hasPassed)
    #expect(Deadline.after(.seconds(-5)).remaining == .zero)
    #expect(Deadline.after(.seconds(60)).remaining > .seconds(59))
  }
}
