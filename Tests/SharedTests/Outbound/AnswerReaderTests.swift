import Foundation
import Testing

@testable import Outbound

@Suite struct AnswerReaderTests {
  /// Feeds `answer` in pieces of `size` and returns what a client would receive; nil when it is malformed.
  private func read(
    _ answer: String, pieces size: Int = .max, isHead: Bool = false
  ) -> (text: String, isDone: Bool)? {
    var reader = AnswerReader(isHead: isHead)
    var out: [UInt8] = []
    let bytes = Array(answer.utf8)
    var start = 0
    var isDone = false
    while start < bytes.count, !isDone {
      let end = min(bytes.count, start + min(size, bytes.count))
      let progress = bytes[start..<end].withUnsafeBytes { reader.take($0, note: "n: 1", into: &out) }
      if progress == .malformed { return nil }
      isDone = progress == .done
      start = end
    }
    if !isDone { isDone = reader.end(into: &out) }
    return (String(decoding: out, as: UTF8.self), isDone)
  }

  private let tail = "n: 1\r\nconnection: close\r\n\r\n"

  @Test func `says the same at every split`() {
    let answer =
      "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 5\r\n\r\n"
      + "5;x=y\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"
    for size in 1...answer.utf8.count {
      let result = read(answer, pieces: size)
      #expect(result?.isDone == true)
      let payload = result?.text.split(separator: "\r\n\r\n", maxSplits: 1).last.map(unchunked)
      #expect(payload == "hello0123456789")
      #expect(result?.text.hasPrefix("HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\(tail)") == true)
      #expect(result?.text.hasSuffix("\r\n0\r\n\r\n") == true)
    }
  }

  private func unchunked(_ text: Substring) -> String {
    var rest = text
    var payload = ""
    while let line = rest.range(of: "\r\n"), let count = Int(rest[..<line.lowerBound], radix: 16), count > 0 {
      payload += rest[line.upperBound...].prefix(count)
      rest = rest[line.upperBound...].dropFirst(count + 1)
    }
    return payload
  }

  @Test func `keeps a length and drops what follows the body`() {
    let result = read(
      "HTTP/1.0 404 Not Found\r\nContent-Length: 3\r\nConnection: x-a\r\nX-A: 1\r\n\r\nabcHTTP/1.1 200 OK\r\n")
    #expect(result?.text == "HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\(tail)abc")
    #expect(result?.isDone == true)
  }

  @Test func `a body until the end becomes chunks, so that a cut can be told`() {
    let result = read("HTTP/1.1 200 OK\r\n\r\nabc")
    #expect(result?.text == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\(tail)3\r\nabc\r\n0\r\n\r\n")
  }

  @Test(arguments: ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 304 Same\r\n\r\n"])
  func `an answer without a body ends with its head`(answer: String) {
    #expect(read(answer)?.isDone == true)
  }

  @Test func `an answer to HEAD has no body`() {
    #expect(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", isHead: true)?.isDone == true)
  }

  @Test func `gives a missing reason phrase one`() {
    #expect(read("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")?.text.hasPrefix("HTTP/1.1 200 -\r\n") == true)
    #expect(read("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")?.text.hasPrefix("HTTP/1.1 200 -\r\n") == true)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "",
  ]) func `an answer that is cut off is not complete`(answer: String) {
    for size in 1...max(1, answer.utf8.count) { #expect(read(answer, pieces: size)?.isDone == false) }
  }

  @Test(arguments: [
    "hello\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 abc OK\r\n\r\n",
    "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
  ]) func `an unsound answer is malformed at every split`(answer: String) {
    for size in 1...answer.utf8.count { #expect(read(answer, pieces: size) == nil, "pieces of \(size)") }
  }

  @Test func `a head, an extension and a trailer without end are cut`() {
    #expect(read("HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 70_000)) == nil)
    let start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(read(start + "5;" + String(repeating: "x", count: 20_000)) == nil)
    #expect(read(start + "0\r\n" + String(repeating: "x: y\r\n", count: 5_000)) == nil)
    #expect(read("HTTP/1.1 200 OK\r\n" + String(repeating: "x: y\r\n", count: 200) + "\r\n") == nil)
  }

  @Test func `bytes beyond ASCII in a header are replaced`() {
    #expect(read("HTTP/1.1 200 OK\r\nA: é\r\nContent-Length: 0\r\n\r\n")?.text.contains("a: ??\r\n") == true)
  }
}
