import HTTP
import TestSupport
import Testing

/// What a parser made of some bytes, in a form that does not depend on how body bytes were cut.
struct ParsedStream: Equatable {
  var requests: [String] = []
  var failure: HTTPRefusal?
  var left = 0

  /// Feeds `bytes` in pieces that end at `cuts`, asking for events after each.
  static func parse(
    _ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits(), bodyLimit: Int = 1 << 20
  ) -> ParsedStream {
    var parser = HTTPParser(limits: limits)
    var stream = ParsedStream()
    var body: [UInt8] = []
    var head: HTTPMessageHead?
    var start = 0
    for cut in cuts + [bytes.count] {
      bytes[start..<cut].withUnsafeBytes { parser.append($0) }
      start = cut
      while stream.failure == nil, let event = parser.next(into: &body) {
        switch event {
        case .head(let message):
          head = message
          stream.failure = parser.acceptBody(upTo: bodyLimit)
        case .end:
          guard let message = head else { return stream }
          let fields = message.headers.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
          stream.requests.append(
            "\(message.method) \(message.authority) \(message.path) \(message.query ?? "-") 1.\(message.minorVersion) "
              + "\(message.isKeepAlive) [\(fields)] \(body)")
          body = []
        case .failure(let refusal):
          stream.failure = refusal
        }
      }
    }
    stream.left = stream.failure == nil ? parser.bufferedBytes : 0
    return stream
  }
}

@Suite struct HTTPParserSplitTests {
  static let known: [String] = [
    "GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nX-One: 1\r\nX-One:  two\t\r\nEmpty:\r\n\r\n",
    "POST /in HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello\r\nyou!",
    "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "5;x=\"y\"\r\nhello\r\n00A \t;z\r\n 123456789\r\n0\r\nTrailer: yes\r\n\r\n",
    "\r\nGET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "GET http://other/x%20y HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n",
    "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok"
      + "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /good HTTP/1.1\r\nHost: h\r\n\r\nGET /bad HTTP/1.1\nHost: h\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
  ]

  @Test(arguments: known)
  func `gives the same for every split point`(text: String) {
    let bytes = Array(text.utf8)
    let whole = ParsedStream.parse(bytes)
    #expect(!whole.requests.isEmpty || whole.failure != nil)
    for cut in 0...bytes.count { #expect(ParsedStream.parse(bytes, cuts: [cut]) == whole, "cut at \(cut)") }
  }

  @Test(arguments: known)
  func `gives the same byte by byte`(text: String) {
    let bytes = Array(text.utf8)
    #expect(ParsedStream.parse(bytes, cuts: Array(0..<bytes.count)) == ParsedStream.parse(bytes))
  }

  @Test func `gives the same for every pair of split points`() {
    let bytes = Array(Self.known[2].utf8)
    let whole = ParsedStream.parse(bytes)
    #expect(whole.requests.count == 1)
    for first in 0...bytes.count {
      for second in first...bytes.count where ParsedStream.parse(bytes, cuts: [first, second]) != whole {
        Issue.record("cut at \(first) and \(second)")
      }
    }
  }

  @Test(arguments: known)
  func `is not ended by any prefix of a request`(text: String) {
    let bytes = Array(text.utf8)
    let whole = ParsedStream.parse(bytes)
    for end in 0..<bytes.count {
      let part = ParsedStream.parse(Array(bytes[..<end]))
      #expect(whole.requests.starts(with: part.requests))
      #expect(part.failure == nil || part.failure == whole.failure)
    }
  }

  @Test(arguments: known)
  func `survives every single changed byte`(text: String) {
    let bytes = Array(text.utf8)
    for index in bytes.indices {
      for value: UInt8 in [0, 10, 13, 32, 128, bytes[index] ^ 1] {
        var changed = bytes
        changed[index] = value
        let whole = ParsedStream.parse(changed)
        #expect(whole == ParsedStream.parse(changed, cuts: [index]), "byte \(index) = \(value)")
      }
    }
  }
}
