import Outbound
import Testing

@testable import Receipts

@Suite struct PosterFrameTests {
  private func body(_ frame: [UInt8]) -> [UInt8] {
    #expect(frame.prefix(4).reduce(0) { $0 << 8 | Int($1) } == frame.count - 4)
    return Array(frame.dropFirst(4))
  }

  private let request = OutboundRequest(
    method: "POST", url: "https://hook.test/ä?a=b", headers: [("webhook-id", "evt_1"), ("X-Empty", "")],
    body: Array(0...255), mayRepeat: true,
    limits: OutboundLimits(connect: .milliseconds(1_500), head: .seconds(2), whole: .seconds(3), responseBytes: 77))

  @Test func `an order arrives as it was given`() throws {
    let read = try PosterOrder(body(try #require(PosterOrder(id: 7, request: request).frame())))
    #expect(read.id == 7 && read.request.method == "POST" && read.request.url == request.url)
    #expect(read.request.headers.elementsEqual(request.headers, by: ==))
    #expect(read.request.body == request.body && read.request.limits == request.limits && read.request.mayRepeat)
  }

  @Test func `an order longer than a frame is none`() {
    var long = request
    long.body = [UInt8](repeating: 0, count: PosterLimits.frameBytes)
    #expect(PosterOrder(id: 1, request: long).frame() == nil)
  }

  @Test func `of an answer come status, address, time, two headers and the beginning of the body`() throws {
    let answer = OutboundResponse(
      status: 503, headers: OutboundHeaders([("Retry-After", "120"), ("Set-Cookie", "a=b"), ("Content-Type", "x/y")]),
      body: [UInt8](repeating: 65, count: 5_000), isTruncated: false, dialledAddress: "192.0.2.1", milliseconds: 42)
    let read = try PosterReport(body(PosterReport(id: 9, outcome: .success(answer)).frame()))
    let got = try read.outcome.get()
    #expect(read.id == 9 && got.status == 503 && got.dialledAddress == "192.0.2.1" && got.milliseconds == 42)
    #expect(got.headers["retry-after"] == "120" && got.headers["content-type"] == "x/y")
    #expect(got.headers["set-cookie"] == nil)
    #expect(got.body.count == PosterLimits.responseBytes && got.isTruncated)
  }

  @Test(
    arguments: [
      OutboundFailure.Kind.badRequest, .resolveFailed, .connectFailed, .connectTimeout, .tlsFailed, .timeout,
      .closedBeforeAnswer, .cancelled, .overloaded,
    ] + EgressDenial.allCases.map { .egressDenied($0) })
  func `every kind of failure arrives as itself`(kind: OutboundFailure.Kind) throws {
    for address in [nil, "2001:db8::1"] {
      let failure = OutboundFailure(kind, neverLeft: address == nil, "why", dialledAddress: address)
      let read = try PosterReport(body(PosterReport(id: 1, outcome: .failure(failure)).frame()))
      guard case .failure(let got) = read.outcome else {
        Issue.record("an answer")
        continue
      }
      #expect(got.kind == kind && got.neverLeft == failure.neverLeft && got.message == "why")
      #expect(got.dialledAddress == address)
    }
  }

  @Test func `the first frame arrives as it was given`() throws {
    let hello = PosterHello(pass: EgressPass(proxyURL: "http://a:b@127.0.0.1:1", noteHeader: "x-note"), concurrency: 5)
    #expect(try PosterHello(body(hello.frame())) == hello)
    #expect(throws: FieldReader.Malformed.self) {
      try PosterHello(body(PosterHello(pass: hello.pass, concurrency: 0).frame()))
    }
  }

  @Test func `a frame cut anywhere, or with something behind it, is refused`() throws {
    let order = body(try #require(PosterOrder(id: 7, request: request).frame()))
    let report = body(PosterReport(id: 9, outcome: .success(OutboundResponse(status: 200, body: [1, 2, 3]))).frame())
    let failure = body(PosterReport(id: 9, outcome: .failure(OutboundFailure(.timeout, neverLeft: true, "x"))).frame())
    for length in order.indices {
      #expect(throws: FieldReader.Malformed.self) { try PosterOrder(Array(order[..<length])) }
    }
    for whole in [report, failure] {
      for length in whole.indices {
        #expect(throws: FieldReader.Malformed.self) { try PosterReport(Array(whole[..<length])) }
      }
      #expect(throws: FieldReader.Malformed.self) { try PosterReport(whole + [0]) }
    }
    #expect(throws: FieldReader.Malformed.self) { try PosterOrder(order + [0]) }
  }

  /// A process that reads hostile answers may be made to say anything.
  @Test func `what a posting process says is bounded, whatever it claims`() throws {
    var writer = FieldWriter()
    writer.put(UInt64(1))
    writer.put(UInt8(1))
    writer.put(UInt16(200))
    writer.put(UInt32(0))
    writer.put("")
    writer.put(UInt8(0))
    writer.put(UInt8(0))
    writer.put([UInt8](repeating: 0, count: PosterLimits.responseBytes + 1))
    #expect(throws: FieldReader.Malformed.self) { try PosterReport(body(writer.frame())) }
    var unknown = FieldWriter()
    unknown.put(UInt64(1))
    unknown.put(UInt8(0))
    unknown.put("denied by-nobody")
    unknown.put(UInt8(0))
    unknown.put("")
    unknown.put("")
    #expect(throws: FieldReader.Malformed.self) { try PosterReport(body(unknown.frame())) }
  }
}
