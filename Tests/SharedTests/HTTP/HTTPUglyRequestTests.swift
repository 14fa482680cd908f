import HTTP
import TestSupport
import Testing

/// A request nobody should send, and the refusal it must get.
struct UglyRequest: CustomTestStringConvertible, Sendable {
  var name: String
  var text: String
  var status: Int
  var code: String

  var testDescription: String { name }

  init(_ name: String, _ text: String, _ status: Int, _ code: String) {
    self.name = name
    self.text = text
    self.status = status
    self.code = code
  }

  /// A request with these field lines after a good request line and Host.
  static func fields(_ name: String, _ fields: String, _ status: Int, _ code: String) -> UglyRequest {
    UglyRequest(name, "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n", status, code)
  }

  /// A request with this chunked body.
  static func chunks(_ name: String, _ body: String, _ status: Int, _ code: String) -> UglyRequest {
    UglyRequest(name, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", status, code)
  }

  /// A request with this request line.
  static func line(_ name: String, _ line: String, _ status: Int, _ code: String) -> UglyRequest {
    UglyRequest(name, "\(line)\r\nHost: h\r\n\r\n", status, code)
  }
}

@Suite struct HTTPUglyRequestTests {
  static let lines: [UglyRequest] = [
    .line("no version", "GET /", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("no target", "GET HTTP/1.1", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("two spaces before the target", "GET  / HTTP/1.1", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("two spaces before the version", "GET /  HTTP/1.1", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("a space at the end", "GET / HTTP/1.1 ", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("a space at the start", " GET / HTTP/1.1", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("a tab for a space", "GET\t/ HTTP/1.1", 400, "HTTP_BAD_CHARACTER"),
    .line("a method that is no token", "G(T / HTTP/1.1", 400, "HTTP_BAD_METHOD"),
    .line("a lower-case protocol", "GET / http/1.1", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("a version without a dot", "GET / HTTP/11x", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("a version with two digits", "GET / HTTP/1.10", 400, "HTTP_BAD_REQUEST_LINE"),
    .line("HTTP/2.0", "PRI * HTTP/2.0", 505, "HTTP_VERSION_UNSUPPORTED"),
    .line("HTTP/1.2", "GET / HTTP/1.2", 505, "HTTP_VERSION_UNSUPPORTED"),
    .line("HTTP/0.9", "GET / HTTP/0.9", 505, "HTTP_VERSION_UNSUPPORTED"),
    .line("CONNECT", "CONNECT h:443 HTTP/1.1", 501, "HTTP_METHOD_UNSUPPORTED"),
    .line("a target without a slash", "GET thing HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("an asterisk with GET", "GET * HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("a fragment", "GET /a#b HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("a NUL in the target", "GET /a\0b HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("UTF-8 in the target", "GET /ä HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("a quote in the query", "GET /?\" HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("a backslash in the path", "GET /a\\b HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("another scheme", "GET ftp://h/ HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("an absolute target without a host", "GET http:///x HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("an absolute target with a user", "GET http://u@h/x HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("an absolute target with a bad port", "GET http://h:99999/x HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("an absolute target with an open bracket", "GET http://[::1/x HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line("a bare CR in the line", "GET /\r HTTP/1.1", 400, "HTTP_BAD_TARGET"),
    .line(
      "a target that is too long", "GET /\(String(repeating: "a", count: 8 << 10)) HTTP/1.1", 414,
      "HTTP_TARGET_TOO_LONG"),
    UglyRequest(
      "a line that never ends", "GET /" + String(repeating: "a", count: 9 << 10), 414, "HTTP_TARGET_TOO_LONG"),
    UglyRequest("a bare LF after the line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400, "HTTP_BAD_LINE_END"),
    UglyRequest("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n", 400, "HTTP_BAD_REQUEST_LINE"),
    UglyRequest("a bare LF first", "\nGET / HTTP/1.1\r\n", 400, "HTTP_BAD_LINE_END"),
    UglyRequest("a bare CR first", "\rGET / HTTP/1.1\r\n", 400, "HTTP_BAD_LINE_END"),
    UglyRequest("TLS", "\u{16}\u{3}\u{1}", 400, "HTTP_BAD_REQUEST_LINE"),
  ]

  static let fields: [UglyRequest] = [
    UglyRequest("no Host", "GET / HTTP/1.1\r\n\r\n", 400, "HTTP_BAD_HOST"),
    UglyRequest("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "HTTP_BAD_HOST"),
    UglyRequest("a Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400, "HTTP_BAD_HOST"),
    UglyRequest("a Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400, "HTTP_BAD_HOST"),
    UglyRequest("a Host with a bad port", "GET / HTTP/1.1\r\nHost: h:8x\r\n\r\n", 400, "HTTP_BAD_HOST"),
    UglyRequest("two Hosts with HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", 400, "HTTP_BAD_HOST"),
    UglyRequest("a folded first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "HTTP_FOLDED_HEADER"),
    .fields("two Hosts", "Host: h", 400, "HTTP_BAD_HOST"),
    .fields("a folded field", "A: b\r\n c", 400, "HTTP_FOLDED_HEADER"),
    .fields("a field folded with a tab", "A: b\r\n\tc", 400, "HTTP_FOLDED_HEADER"),
    .fields("a blank before the colon", "A : b", 400, "HTTP_BAD_HEADER"),
    .fields("a blank inside a name", "A b: c", 400, "HTTP_BAD_HEADER"),
    .fields("no name", ": b", 400, "HTTP_BAD_HEADER"),
    .fields("no colon", "Ab", 400, "HTTP_BAD_HEADER"),
    .fields("UTF-8 in a name", "Ä: b", 400, "HTTP_BAD_HEADER"),
    .fields("a NUL in a value", "A: b\0c", 400, "HTTP_BAD_CHARACTER"),
    .fields("a control character in a value", "A: b\u{1}c", 400, "HTTP_BAD_CHARACTER"),
    .fields("DEL in a value", "A: b\u{7f}", 400, "HTTP_BAD_CHARACTER"),
    .fields("a bare CR in a value", "A: b\rc", 400, "HTTP_BAD_CHARACTER"),
    .fields("a bare LF after a field", "A: b\nB: c", 400, "HTTP_BAD_LINE_END"),
    .fields("CR CR LF", "A: b\r\r\nB: c", 400, "HTTP_BAD_CHARACTER"),
    .fields("101 fields", (1...101).map { "A\($0): b" }.joined(separator: "\r\n"), 431, "HTTP_TOO_MANY_HEADERS"),
    .fields("a field that is too large", "A: \(String(repeating: "b", count: 17_000))", 431, "HTTP_HEADERS_TOO_LARGE"),
    .fields(
      "fields too large together",
      (1...17).map { "A\($0): \(String(repeating: "b", count: 1000))" }
        .joined(separator: "\r\n"), 431, "HTTP_HEADERS_TOO_LARGE"),
    .fields("an unknown expectation", "Content-Length: 1\r\nExpect: 200-ok", 417, "HTTP_EXPECTATION_UNSUPPORTED"),
  ]

  static let lengths: [UglyRequest] = [
    .fields("two different lengths", "Content-Length: 1\r\nContent-Length: 2", 400, "HTTP_AMBIGUOUS_LENGTH"),
    .fields("two equal lengths", "Content-Length: 1\r\nContent-Length: 1", 400, "HTTP_AMBIGUOUS_LENGTH"),
    .fields("a list of lengths", "Content-Length: 1, 1", 400, "HTTP_BAD_CONTENT_LENGTH"),
    .fields("a signed length", "Content-Length: +1", 400, "HTTP_BAD_CONTENT_LENGTH"),
    .fields("a negative length", "Content-Length: -1", 400, "HTTP_BAD_CONTENT_LENGTH"),
    .fields("a hexadecimal length", "Content-Length: 0x1", 400, "HTTP_BAD_CONTENT_LENGTH"),
    .fields("an empty length", "Content-Length:", 400, "HTTP_BAD_CONTENT_LENGTH"),
    .fields("a length with a blank", "Content-Length: 1 0", 400, "HTTP_BAD_CONTENT_LENGTH"),
    .fields("a length over the limit", "Content-Length: 1048577", 413, "HTTP_BODY_TOO_LARGE"),
    .fields("a length of 2^64", "Content-Length: 18446744073709551616", 413, "HTTP_BODY_TOO_LARGE"),
    .fields("both lengths", "Content-Length: 3\r\nTransfer-Encoding: chunked", 400, "HTTP_AMBIGUOUS_LENGTH"),
    .fields(
      "both lengths the other way", "Transfer-Encoding: chunked\r\nContent-Length: 3", 400, "HTTP_AMBIGUOUS_LENGTH"),
    .fields("gzip before chunked", "Transfer-Encoding: gzip, chunked", 501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    .fields("identity", "Transfer-Encoding: identity", 501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    .fields("chunked twice", "Transfer-Encoding: chunked, chunked", 501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    .fields(
      "chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 501,
      "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    .fields("xchunked", "Transfer-Encoding: xchunked", 501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    .fields("chunked with a parameter", "Transfer-Encoding: chunked;q=1", 501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    .fields("an empty encoding", "Transfer-Encoding:", 501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED"),
    UglyRequest(
      "chunked with HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP_AMBIGUOUS_LENGTH"),
  ]

  static let chunks: [UglyRequest] = [
    .chunks("a size that is no number", "x\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("an empty size", "\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a signed size", "+1\r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a size with 0x", "0x1\r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a blank before the size", " 1\r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a blank after the size", "1 \r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a bare LF after the size", "1\na\r\n", 400, "HTTP_BAD_LINE_END"),
    .chunks("17 digits", "00000000000000001\r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a size of 2^64 - 1", "ffffffffffffffff\r\n", 413, "HTTP_BODY_TOO_LARGE"),
    .chunks("a size of 2^63 - 1", "7fffffffffffffff\r\n", 413, "HTTP_BODY_TOO_LARGE"),
    .chunks("sizes that overflow together", "1\r\na\r\n7fffffffffffffff\r\n", 413, "HTTP_BODY_TOO_LARGE"),
    .chunks(
      "chunks over the limit", "100000\r\n\(String(repeating: "a", count: 1 << 20))\r\n1\r\n", 413,
      "HTTP_BODY_TOO_LARGE"),
    .chunks("data longer than its size", "1\r\nab\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a bare LF after the data", "1\r\na\n0\r\n\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a control character in an extension", "1;a\0\r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks("a bare CR in an extension", "1;a\rb\r\na\r\n", 400, "HTTP_BAD_CHUNK"),
    .chunks(
      "an extension that is too long", "1;\(String(repeating: "x", count: 5000))\r\na\r\n", 400,
      "HTTP_CHUNK_EXTENSIONS_TOO_LARGE"),
    .chunks(
      "extensions too long together", String(repeating: "1;\(String(repeating: "x", count: 500))\r\na\r\n", count: 9),
      400, "HTTP_CHUNK_EXTENSIONS_TOO_LARGE"),
    .chunks("a trailer without a colon", "0\r\nAb\r\n\r\n", 400, "HTTP_BAD_HEADER"),
    .chunks("a folded trailer", "0\r\nA: b\r\n c\r\n\r\n", 400, "HTTP_FOLDED_HEADER"),
    .chunks(
      "trailers too large together",
      "0\r\n" + String(repeating: "A: \(String(repeating: "b", count: 500))\r\n", count: 9),
      431, "HTTP_TRAILERS_TOO_LARGE"),
  ]

  @Test(arguments: lines)
  func `a bad request line is refused`(request: UglyRequest) { check(request) }

  @Test(arguments: fields)
  func `a bad header field is refused`(request: UglyRequest) { check(request) }

  @Test(arguments: lengths)
  func `a length two readers could understand differently is refused`(request: UglyRequest) { check(request) }

  @Test(arguments: chunks)
  func `a bad chunked body is refused`(request: UglyRequest) { check(request) }

  private func check(_ request: UglyRequest) {
    let bytes = Array(request.text.utf8)
    let whole = ParsedStream.parse(bytes)
    #expect(whole.failure?.status == request.status)
    #expect(whole.failure?.code == request.code)
    #expect(whole.requests.isEmpty)
    // The same when it drips in.
    let step = bytes.count > 20_000 ? 997 : 1
    #expect(ParsedStream.parse(bytes, cuts: Array(stride(from: 1, to: bytes.count, by: step))) == whole)
  }

  @Test func `a refusal reaches the client as a problem and the connection ends in good order`() async throws {
    let all = Self.lines + Self.fields + Self.lengths + Self.chunks
    try await HTTPNeighbour.run(HTTPServerTests.echo) { neighbour in
      for request in all {
        let client = try neighbour.client()
        try client.send(request.text)
        let answer = try client.receiveAnswer()
        #expect(answer.status == request.status, "\(request.name)")
        #expect(answer.header("content-type") == "application/problem+json", "\(request.name)")
        #expect(answer.header("connection") == "close", "\(request.name)")
        #expect(answer.text.contains("\"code\":\"\(request.code)\""), "\(request.name)")
        #expect(answer.text.contains("\"status\":\(request.status)"), "\(request.name)")
        #expect(try client.receiveToEnd() == "", "\(request.name)")
      }
      #expect(neighbour.seen.rejected == all.map(\.code))
      #expect(neighbour.seen.finished.isEmpty)
    }
  }
}
