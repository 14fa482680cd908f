import TestSupport
import Transport
import JSON
import Telemetry
import Testing
import Wire

@Suite struct EnvelopeTests {
  static func read(_ text: String) throws(FrameFailure) -> Envelope { try Envelope(Array(text.utf8), limit: 1 << 20) }

  static func body(_ frame: [UInt8]) throws -> Envelope {
    try Envelope(Array(frame.dropFirst(Frame.headerBytes)), limit: 1 << 20)
  }

  static let nonce = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

  @Test(arguments: [
    ("", "FRAME_MALFORMED"), ("[]", "FRAME_MALFORMED"), ("null", "FRAME_MALFORMED"), ("{", "FRAME_MALFORMED"),
    (#"{"kind":"ping","id":1}x"#, "FRAME_MALFORMED"),
    (#"{"kind":"ping","id":1,"id":1}"#, "FRAME_MALFORMED"),
    (#"{"kind":"ping","id":1,"\u0069d":1}"#, "FRAME_MALFORMED"),
    (#"{"kind":"ping","id":1,"x":"\ud800"}"#, "FRAME_MALFORMED"),
    ("{}", "FRAME_BAD_MEMBER"), (#"{"kind":1}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"pang"}"#, "FRAME_UNKNOWN_KIND"), (#"{"kind":""}"#, "FRAME_UNKNOWN_KIND"),
    (#"{"kind":"ping"}"#, "FRAME_BAD_MEMBER"), (#"{"kind":"ping","id":0}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"ping","id":-1}"#, "FRAME_BAD_MEMBER"), (#"{"kind":"ping","id":"1"}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"ping","id":1.5}"#, "FRAME_BAD_MEMBER"), (#"{"kind":"ping","id":1e3}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"ping","id":9007199254740992}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"ping","id":99999999999999999999}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":1}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":1,"params":[]}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":1,"params":null}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"","timeout_ms":1,"params":{}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"timeout_ms":1,"params":{}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","params":{}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":-1,"params":{}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":86400001,"params":{}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":1,"params":{},"key":""}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"request","id":1,"method":"a","timeout_ms":1,"params":{},"account":7}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"response","id":1}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"response","id":1,"result":{},"error":{"code":"internal"}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"response","id":1,"error":{}}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"response","id":1,"error":"no"}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"cancel"}"#, "FRAME_BAD_MEMBER"), (#"{"kind":"goaway"}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"goaway","reason":"X","within_ms":-1}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"proof"}"#, "FRAME_BAD_MEMBER"), (#"{"kind":"proof","mac":"AAAA"}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"proof","mac":"!"}"#, "FRAME_BAD_MEMBER"),
    (#"{"kind":"hello"}"#, "FRAME_BAD_MEMBER"),
  ])
  func `a frame that is not one is refused with its reason`(text: String, reason: String) {
    #expect { try Self.read(text) } throws: { ($0 as? FrameFailure)?.reason == reason }
  }

  @Test(arguments: [
    #""service":"Receipts""#, #""service":"""#, #""service":"*""#, #""version_min":0"#, #""version_max":70000"#,
    #""version_min":2"#, #""frame_bytes":4095"#, #""frame_bytes":4294967296"#, #""in_flight":0"#, #""key_id":"K 1""#,
    #""nonce":"AAAA""#,
  ])
  func `a hello with a wrong member is refused`(member: String) throws {
    var members = [
      "service": #""receipts""#, "version_min": "1", "version_max": "1", "frame_bytes": "4096", "in_flight": "1",
      "key_id": #""k1""#, "nonce": "\"\(Self.nonce)\"",
    ]
    func hello() -> String { "{\"kind\":\"hello\"," + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}" }
    #expect(throws: Never.self) { try Self.read(hello()) }
    let parts = member.split(separator: ":", maxSplits: 1)
    members[parts[0].filter { $0 != "\"" }] = String(parts[1])
    #expect { try Self.read(hello()) } throws: { ($0 as? FrameFailure)?.reason == "FRAME_BAD_MEMBER" }
  }

  @Test func `depth 64 is taken and 65 refused`() throws {
    func nested(_ depth: Int) -> String {
      #"{"kind":"ping","id":1,"x":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    }
    #expect(throws: Never.self) { try Self.read(nested(63)) }
    #expect { try Self.read(nested(64)) } throws: { ($0 as? FrameFailure)?.reason == "FRAME_MALFORMED" }
  }

  @Test func `invalid UTF-8 is refused`() {
    let body = Array(#"{"kind":"ping","id":1,"x":""#.utf8) + [0xC0, 0x80] + Array("\"}".utf8)
    #expect { try Envelope(body, limit: 4_096) } throws: { ($0 as? FrameFailure)?.reason == "FRAME_MALFORMED" }
  }

  @Test func `members nobody knows are ignored`() throws {
    guard case .ping(let id) = try Self.read(#"{"later":{"x":[1]},"id":5,"kind":"ping"}"#) else {
      throw FrameFailure.empty
    }
    #expect(id == 5)
  }

  @Test func `a request comes out as it went in`() throws {
    let frame = Frame.request(
      id: 12, method: "a.b.c", timeoutMilliseconds: 900, key: "k\"1",
      trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", account: "acc_1", actor: "key_1",
      params: Array(#"{"x":[1,2]}"#.utf8))
    guard case .request(let request) = try Self.body(frame) else { throw FrameFailure.empty }
    #expect(request.id == 12)
    #expect(request.method == "a.b.c")
    #expect(request.timeoutMilliseconds == 900)
    #expect(request.key == "k\"1")
    #expect(request.trace?.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(request.account == "acc_1")
    #expect(request.actor == "key_1")
    #expect(Array(request.params.bytes) == Array(#"{"x":[1,2]}"#.utf8))
  }

  @Test func `a trace that cannot be read is as good as absent`() throws {
    let text = #"{"kind":"request","id":1,"method":"a","timeout_ms":1,"params":{},"trace":"nonsense","key":null}"#
    guard case .request(let request) = try Self.read(text) else { throw FrameFailure.empty }
    #expect(request.trace == nil)
    #expect(request.key == nil)
  }

  @Test func `a failure comes out as it went in, and unspeakable details are left out`() throws {
    var failure = CallFailure(
      .failedPrecondition, "SENDER_OFFLINE", "it is \"offline\"", details: ["field": "a.b"],
      retry: .afterMilliseconds(70), started: true)
    failure.relayed = true
    guard case .response(let response) = try Self.body(Frame.failure(id: 3, failure)) else { throw FrameFailure.empty }
    #expect(response.id == 3)
    #expect(throws: failure) { try response.outcome.get() }

    failure.details = .number(.nan)
    guard case .response(let plain) = try Self.body(Frame.failure(id: 3, failure)) else { throw FrameFailure.empty }
    #expect { try plain.outcome.get() } throws: { ($0 as? CallFailure)?.reason == "SENDER_OFFLINE" }
  }

  @Test func `an error of a newer or careless peer is understood carefully`() throws {
    let text = #"{"kind":"response","id":1,"error":{"code":"brand_new","retry":"perhaps","extra":1}}"#
    guard case .response(let response) = try Self.read(text) else { throw FrameFailure.empty }
    #expect(throws: CallFailure(.internal, "UNKNOWN", "brand_new")) { try response.outcome.get() }
  }

  @Test func `goodbyes, pings and cancels come out as they went in`() throws {
    let goaway = Goaway(reason: "DRAINING", message: "bye", withinMilliseconds: 5_000)
    guard case .goaway(goaway) = try Self.body(Frame.goaway(goaway)) else { throw FrameFailure.empty }
    guard case .ping(id: 4) = try Self.body(Frame.ping(id: 4)) else { throw FrameFailure.empty }
    guard case .pong(id: 5) = try Self.body(Frame.pong(id: 5)) else { throw FrameFailure.empty }
    guard case .cancel(id: 6) = try Self.body(Frame.cancel(id: 6)) else { throw FrameFailure.empty }
  }
}
