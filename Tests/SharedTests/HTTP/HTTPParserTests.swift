import HTTP
import Testing

@Suite struct HTTPParserTests {
  private func parse(_ text: String, limits: HTTPLimits = HTTPLimits(), bodyLimit: Int = 1 << 20) -> ParsedStream {
    ParsedStream.parse(Array(text.utf8), limits: limits, bodyLimit: bodyLimit)
  }

  private func head(_ text: String) throws -> HTTPMessageHead {
    var parser = HTTPParser()
    var body: [UInt8] = []
    Array(text.utf8).withUnsafeBytes { parser.append($0) }
    guard case .head(let head) = parser.next(into: &body) else { throw HTTPParserTestFailure() }
    return head
  }

  struct HTTPParserTestFailure: Error {}

  @Test func `reads a head`() throws {
    let head = try head("GET /a%20b?c=d&e HTTP/1.1\r\nHost: Example.org:81\r\nAccept:  x, y \r\nX: 1\r\nx: 2\r\n\r\n")
    #expect(head.method == "GET")
    #expect(head.target == "/a%20b?c=d&e")
    #expect(head.path == "/a%20b")
    #expect(head.query == "c=d&e")
    #expect(head.authority == "Example.org:81")
    #expect(head.headers["ACCEPT"] == "x, y")
    #expect(head.headers.all("x") == ["1", "2"])
    #expect(head.headers["missing"] == nil)
    #expect(head.headers.count == 4)
    #expect(head.framing == .none)
  }

  @Test func `takes host and path of an absolute target and ignores Host`() throws {
    let head = try head("GET HTTP://Other:8080?x HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(head.authority == "Other:8080")
    #expect(head.path == "/")
    #expect(head.query == "x")
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
    ("HTTP/1.1", "Connection: a, CLOSE\r\n", false),
    ("HTTP/1.1", "Connection: a\r\nConnection: close\r\n", false), ("HTTP/1.1", "Connection: closed\r\n", true),
    ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
    ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
  ])
  func `knows whether the connection lives on`(version: String, fields: String, isKeepAlive: Bool) throws {
    #expect(try head("GET / \(version)\r\nHost: h\r\n\(fields)\r\n").isKeepAlive == isKeepAlive)
  }

  @Test(arguments: ["h", "h:", "h:80", "127.0.0.1:65535", "[::1]", "[fe80::1]:8", "a-b.c_d", "xn--4ca.example"])
  func `accepts a valid Host`(host: String) throws {
    #expect(try head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").authority == host)
  }

  @Test func `an HTTP 1 0 request needs no Host`() throws {
    #expect(try head("GET / HTTP/1.0\r\n\r\n").authority == "")
  }

  @Test func `tolerates one empty line before each request`() {
    let parsed = parse("\r\nGET /1 HTTP/1.0\r\n\r\n\r\nGET /2 HTTP/1.0\r\n\r\n")
    #expect(parsed.requests.count == 2)
    #expect(parsed.failure == nil)
  }

  @Test func `takes a target of exactly the limit`() {
    let path = "/" + String(repeating: "a", count: HTTPLimits().targetBytes - 1)
    #expect(parse("GET \(path) HTTP/1.0\r\n\r\n").requests.count == 1)
    #expect(parse("GET \(path)a HTTP/1.0\r\n\r\n").failure?.status == 414)
  }

  @Test func `takes header fields of exactly the limits`() {
    let hundred = (1...100).map { "A\($0): b\r\n" }.joined()
    #expect(parse("GET / HTTP/1.0\r\n\(hundred)\r\n").requests.count == 1)
    let name = "A: "
    let value = String(repeating: "b", count: HTTPLimits().headerBytes - name.utf8.count - 2)
    #expect(parse("GET / HTTP/1.0\r\n\(name)\(value)\r\n\r\n").requests.count == 1)
    #expect(parse("GET / HTTP/1.0\r\n\(name)\(value)bbb\r\n\r\n").failure?.status == 431)
  }

  @Test func `takes a body of exactly the limit in both codings`() {
    let start = "POST / HTTP/1.1\r\nHost: h\r\n"
    #expect(parse("\(start)Content-Length: 4\r\n\r\nabcd", bodyLimit: 4).requests.count == 1)
    #expect(parse("\(start)Content-Length: 5\r\n\r\nabcde", bodyLimit: 4).failure?.status == 413)
    #expect(
      parse("\(start)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", bodyLimit: 4).requests.count
        == 1)
    #expect(parse("\(start)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\n", bodyLimit: 4).failure?.status == 413)
  }

  @Test func `keeps old text in values and leading zeros in lengths`() {
    let bytes =
      Array("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0002\r\nA: ".utf8) + [0xE9] + Array("\r\n\r\nok".utf8)
    #expect(ParsedStream.parse(bytes).requests.count == 1)
  }

  @Test func `asks for Continue only where RFC 9110 allows it`() throws {
    let fields = "Expect: 100-Continue\r\n"
    #expect(try head("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\(fields)\r\n").expectsContinue)
    #expect(try !head("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\(fields)\r\n").expectsContinue)
    #expect(try !head("POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n").expectsContinue)
    #expect(try !head("POST / HTTP/1.0\r\nContent-Length: 1\r\n\(fields)\r\n").expectsContinue)
  }

  @Test func `says nothing after a failure`() {
    var parser = HTTPParser()
    var body: [UInt8] = []
    Array("BAD\r\n\r\nGET / HTTP/1.0\r\n\r\n".utf8).withUnsafeBytes { parser.append($0) }
    guard case .failure = parser.next(into: &body) else { return #expect(Bool(false), "not refused") }
    Array("GET / HTTP/1.0\r\n\r\n".utf8).withUnsafeBytes { parser.append($0) }
    if let event = parser.next(into: &body) { Issue.record("\(event)") }
    #expect(parser.bufferedBytes == 0)
  }

  @Test func `reads a long drip in linear time`() {
    // 256 KiB in single bytes: with a search from the start for each, this would not end.
    let bytes =
      Array("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 262144\r\n\r\n".utf8)
      + [UInt8](repeating: 65, count: 1 << 18)
    var parser = HTTPParser()
    var body: [UInt8] = []
    var ended = false
    for byte in bytes {
      withUnsafeBytes(of: byte) { parser.append($0) }
      while let event = parser.next(into: &body) {
        switch event {
        case .head: #expect(parser.acceptBody(upTo: 1 << 20) == nil)
        case .end: ended = true
        case .failure(let refusal): Issue.record("\(refusal)")
        }
      }
    }
    #expect(ended)
    #expect(body.count == 1 << 18)
  }
}
