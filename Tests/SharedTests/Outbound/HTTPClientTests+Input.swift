import Outbound
import Synchronization
import Testing

extension HTTPClientTests {
  @Test(arguments: [
    ("X-A", "b\r\nX-C: d"), ("X-A", "b\nc"), ("X-A", "b\0c"), ("X-A\r\nB", "c"), ("X A", "b"), ("", "b"), ("X-A:", "b"),
    ("Host", "b"), ("content-length", "3"), ("Transfer-Encoding", "chunked"), ("Connection", "close"),
    ("Proxy-Authorization", "b"), ("Expect", "100-continue"), ("Upgrade", "h2c"), ("TE", "trailers"),
  ]) func `refuses a header that would change the message`(name: String, value: String) async throws {
    let client = makeClient()
    defer { client.close() }
    let request = OutboundRequest(
      method: "POST", url: "http://127.0.0.1:1/", headers: [(name, value)], body: [1])
    let failure = await outcome(client, request)
    #expect(failure?.kind == .badRequest)
    #expect(failure?.neverLeft == true)
  }

  @Test(arguments: [
    "http://127.0.0.1:1/a\r\nX: y", "http://127.0.0.1:1/a b", "http://127.0.0.1:1/\u{e9}", "http://", "http:///x", "/x",
    "", "http:x", "http://a:0/", "http://a:65536/", "http://a:/", "http://a:+1/", "http://[::1/", "http://[::1]x/",
    "http://a..b/", "http://a/#f", "http://\\a/", "http://a<b/",
  ]) func `refuses a URL that is not exact`(url: String) async throws {
    let client = makeClient()
    defer { client.close() }
    let failure = await outcome(client, OutboundRequest(method: "GET", url: url))
    #expect(failure?.kind == .badRequest)
    #expect(failure?.neverLeft == true)
  }

  @Test(arguments: [
    "ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/", "data:,x", "HTTPX://a/",
  ]) func `refuses other schemes`(url: String) async throws {
    let client = makeClient()
    defer { client.close() }
    let failure = await outcome(client, OutboundRequest(method: "GET", url: url))
    #expect(failure?.kind == .egressDenied(.scheme))
  }

  @Test func `refuses plain http unless it is allowed`() async throws {
    let client = HTTPClient(HTTPClientConfiguration())
    defer { client.close() }
    let failure = await outcome(client, OutboundRequest(method: "GET", url: "http://127.0.0.1:1/"))
    #expect(failure?.kind == .egressDenied(.scheme))
  }

  @Test func `streams an answer chunk by chunk`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n")
      connection.write("5\r\nfirst\r\n")
      // The second part follows only when the reader has shown that it has the first.
      _ = connection.readRequest()
      connection.write("6\r\nsecond\r\n0\r\n\r\n")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let (head, chunks) = try await client.stream(post(server))
    #expect(head.status == 200)
    #expect(head.headers["content-type"] == "text/event-stream")
    var iterator = chunks.makeAsyncIterator()
    #expect(try await iterator.next() == Array("first".utf8))
    client.close()
    await #expect(throws: OutboundFailure.self) { while try await iterator.next() != nil {} }
  }

  @Test func `a stream whose reader lags is cut`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n\r\n")
      let block = [UInt8](repeating: 0x61, count: 65_536)
      while connection.write(block) {}
    }
    defer { server.stop() }
    let client = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true, streamBufferBytes: 100_000))
    defer { client.close() }
    let (head, chunks) = try await client.stream(post(server))
    #expect(head.status == 200)
    await waitUntil("the slot is free") { client.load.active == 0 }
    var bytes = 0
    var kind: OutboundFailure.Kind?
    do { for try await chunk in chunks { bytes += chunk.count } } catch { kind = (error as? OutboundFailure)?.kind }
    #expect(bytes > 0 && bytes <= 100_000)
    #expect(kind == .overloaded)
  }
}
