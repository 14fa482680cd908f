import Glibc
import Outbound
import Synchronization
import Testing

@Suite struct HTTPClientTests {
  func makeClient(
    perHost: Int = 8, total: Int = 64, queue: Int = 64
  ) -> HTTPClient {
    HTTPClient(
      HTTPClientConfiguration(
        perHostConcurrency: perHost, totalConcurrency: total, queueLimit: queue, allowPlainHTTP: true))
  }

  func post(_ server: RawServer, _ path: String = "/", limits: OutboundLimits = OutboundLimits())
    -> OutboundRequest
  {
    OutboundRequest(
      method: "POST", url: "http://127.0.0.1:\(server.port)\(path)",
      headers: [("Content-Type", "application/json")], body: Array(#"{"a":1}"#.utf8), limits: limits)
  }

  func outcome(_ client: HTTPClient, _ request: OutboundRequest) async -> OutboundFailure? {
    do throws(OutboundFailure) {
      let answer = try await client.send(request)
      Issue.record("an answer came: \(answer.status)")
      return nil
    } catch {
      return error
    }
  }

  @Test func `sends a request as given and returns status, headers and body`() async throws {
    let seen = Mutex("")
    let server = try RawServer { connection in
      guard let request = connection.readRequest() else { return }
      seen.withLock { $0 = request.head + String(decoding: request.body, as: UTF8.self) }
      connection.write("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-One: a\r\n\r\nhello")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let answer = try await client.send(post(server, "/path?q=1"))
    #expect(answer.status == 201)
    #expect(answer.headers["x-ONE"] == "a")
    #expect(answer.body == Array("hello".utf8))
    #expect(!answer.isTruncated)
    #expect(answer.dialledAddress == nil)
    let text = seen.withLock { $0 }
    #expect(text.hasPrefix("POST /path?q=1 HTTP/1.1\r\n"))
    #expect(text.contains("Content-Type: application/json\r\n"))
    #expect(text.contains("Accept-Encoding: identity\r\n"))
    #expect(text.contains("Content-Length: 7\r\n"))
    #expect(!text.contains("Expect"))
    #expect(text.hasSuffix("\r\n\r\n{\"a\":1}"))
  }

  @Test(arguments: [301, 302, 303, 307, 308]) func `delivers a redirect and does not follow it`(status: Int)
    async throws
  {
    let server = try RawServer { connection in
      while connection.readRequest() != nil {
        connection.write(
          "HTTP/1.1 \(status) Moved\r\nLocation: http://169.254.169.254/\r\nContent-Length: 4\r\n\r\nmove")
      }
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let answer = try await client.send(post(server))
    #expect(answer.status == status)
    #expect(answer.headers["Location"] == "http://169.254.169.254/")
    #expect(answer.body == Array("move".utf8))
    #expect(server.requests == 1)
  }

  @Test(arguments: [
    "http://[::bad", "//", "?a=%zz#%", "",
  ]) func `delivers a redirect that leads nowhere`(location: String) async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 302 Moved\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    #expect(try await client.send(post(server)).status == 302)
  }

  @Test(arguments: [
    #"Basic realm="x""#, #"OAuth "Facebook Platform" "invalid_token" "expired""#, "Basic", #"Digest realm="x""#, "",
  ]) func `delivers a 401 with its body and answers no challenge`(challenge: String) async throws {
    let server = try RawServer { connection in
      while connection.readRequest() != nil {
        connection.write("HTTP/1.1 401 No\r\nWWW-Authenticate: \(challenge)\r\nContent-Length: 2\r\n\r\nno")
      }
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    for _ in 0..<2 {
      let answer = try await client.send(post(server))
      #expect(answer.status == 401)
      #expect(answer.body == Array("no".utf8))
    }
    #expect(server.requests == 2)
  }

  @Test func `cuts an endless body at the limit`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      let block = [UInt8](repeating: 0x61, count: 65_536)
      while connection.write("10000\r\n") && connection.write(block) && connection.write("\r\n") {}
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let answer = try await client.send(post(server, limits: OutboundLimits(responseBytes: 1000)))
    #expect(answer.status == 200)
    #expect(answer.isTruncated)
    #expect(answer.body.count == 1000)
  }

  @Test func `an answer of exactly the limit is whole`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let answer = try await client.send(post(server, limits: OutboundLimits(responseBytes: 10)))
    #expect(!answer.isTruncated)
    #expect(answer.body.count == 10)
  }

  @Test func `a silent server hits the head limit, and the request may have left`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let failure = await outcome(client, post(server, limits: OutboundLimits(head: .milliseconds(200))))
    #expect(failure?.kind == .timeout)
    #expect(failure?.neverLeft == false)
  }

  @Test func `a dripping answer hits the whole limit`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
      while connection.write("a") { usleep(20_000) }
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let failure = await outcome(client, post(server, limits: OutboundLimits(whole: .milliseconds(300))))
    #expect(failure?.kind == .timeout)
    #expect(failure?.neverLeft == false)
  }

  @Test func `a refused connection never left`() async throws {
    let server = try RawServer { _ in }
    server.stop()
    let client = makeClient()
    defer { client.close() }
    // The kernel closes the listener a moment after `stop`; until then it is accepted and closed.
    for _ in 0..<100 {
      if RawConnection(port: server.port) == nil { break }
      usleep(10_000)
    }
    let failure = await outcome(client, post(server))
    #expect(failure?.kind == .connectFailed)
    #expect(failure?.neverLeft == true)
  }

  @Test func `a connection closed without an answer may have left`() async throws {
    let server = try RawServer { connection in _ = connection.readRequest() }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let failure = await outcome(client, post(server))
    #expect(failure?.kind == .closedBeforeAnswer)
    #expect(failure?.neverLeft == false)
  }

  @Test(arguments: [
    "hello there\r\n\r\n", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
    "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n",
  ]) func `an unsound answer is a failure that may have left`(answer: String) async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write(answer)
      connection.finishWriting()
      _ = connection.isAtEnd()
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let failure = await outcome(client, post(server))
    #expect(failure?.kind == .closedBeforeAnswer)
    #expect(failure?.neverLeft == false)
  }

  @Test(arguments: ["POST", "DELETE"])
  func `a request without a body that must not repeat never meets a used connection`(method: String) async throws {
    let server = try dyingServer()
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let request = OutboundRequest(method: method, url: "http://127.0.0.1:\(server.port)/")
    for count in 1...3 {
      #expect(try await client.send(request).status == 200)
      #expect(server.requests == count)
      #expect(server.heads == count)
    }
  }

  /// Answers the first request on each connection; the second is read, and the connection dies without an answer.
  private func dyingServer() throws -> RawServer {
    try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      _ = connection.readRequest()
    }
  }

  @Test(arguments: ["POST", "DELETE"])
  func `a request that must not repeat arrives whole once when its connection dies`(method: String) async throws {
    let server = try dyingServer()
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let request = OutboundRequest(
      method: method, url: "http://127.0.0.1:\(server.port)/", body: Array("hello w".utf8))
    for round in 1...10 {
      #expect(try await client.send(request).status == 200)
      let failure = await outcome(client, request)
      #expect(failure?.kind == .closedBeforeAnswer)
      #expect(failure?.neverLeft == false)
      // One that was answered and one that died: no third.
      #expect(server.requests == 2 * round)
    }
  }

  @Test func `what must not repeat shares a connection as well`() async throws {
    let server = try RawServer { connection in
      while connection.readRequest() != nil { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    for _ in 0..<5 { #expect(try await client.send(post(server)).status == 200) }
    #expect(server.connections == 1)
  }

  @Test func `a repeatable request survives the death of its reused connection`() async throws {
    let server = try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      _ = connection.readRequest()
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    var request = post(server)
    request.mayRepeat = true
    for _ in 0..<3 { #expect(try await client.send(request).status == 200) }
    #expect(server.requests > 3)
  }

  @Test func `repeatable requests share a connection`() async throws {
    let server = try RawServer { connection in
      while connection.readRequest() != nil { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    var request = post(server)
    request.mayRepeat = true
    for _ in 0..<5 { #expect(try await client.send(request).status == 200) }
    #expect(server.connections == 1)
  }

  @Test func `a slow host does not hold up another`() async throws {
    let slow = try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
    let quick = try RawServer { connection in
      while connection.readRequest() != nil { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
    }
    defer {
      slow.stop()
      quick.stop()
    }
    let client = makeClient(perHost: 2, total: 4)
    let stuck = Task {
      for _ in 0..<1 {
        await withTaskGroup { group in for _ in 0..<6 { group.addTask { _ = try? await client.send(self.post(slow)) } }
        }
      }
    }
    await waitUntil("four sends wait") { client.load.waiting == 4 }
    for _ in 0..<10 { #expect(try await client.send(post(quick)).status == 200) }
    #expect(client.load.waiting == 4)
    client.close()
    await stuck.value
  }

  @Test func `more sends than the queue holds are refused at once`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
    defer { server.stop() }
    let client = makeClient(perHost: 1, total: 1, queue: 1)
    let stuck = Task {
      await withTaskGroup { group in for _ in 0..<2 { group.addTask { _ = try? await client.send(self.post(server)) } }
      }
    }
    await waitUntil("one send waits") { client.load.waiting == 1 }
    let failure = await outcome(client, post(server))
    #expect(failure?.kind == .overloaded)
    #expect(failure?.neverLeft == true)
    client.close()
    await stuck.value
  }

  @Test func `waiting for a slot ends with the whole limit`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
    defer { server.stop() }
    let client = makeClient(perHost: 1)
    let stuck = Task { _ = try? await client.send(post(server)) }
    await waitUntil("a transfer runs") { client.load.active == 1 }
    let failure = await outcome(client, post(server, limits: OutboundLimits(whole: .milliseconds(150))))
    #expect(failure?.kind == .overloaded)
    #expect(failure?.neverLeft == true)
    client.close()
    await stuck.value
  }

  @Test func `cancelling the task cancels the transfer and frees its slot`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let task = Task { await outcome(client, post(server)) }
    await waitUntil("the request arrived") { server.requests == 1 }
    task.cancel()
    let failure = await task.value
    #expect(failure?.kind == .cancelled)
    #expect(failure?.neverLeft == false)
    await waitUntil("the slot is free") { client.load.active == 0 }
  }

  @Test func `a closed client refuses and cancels`() async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
    defer { server.stop() }
    let client = makeClient()
    let task = Task { await outcome(client, post(server)) }
    await waitUntil("the request arrived") { server.requests == 1 }
    client.close()
    #expect(await task.value?.kind == .cancelled)
    let after = await outcome(client, post(server))
    #expect(after?.kind == .cancelled)
    #expect(after?.neverLeft == true)
  }
}
