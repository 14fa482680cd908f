import Synchronization
import Testing
import Transport

@testable import Outbound

extension EgressGuardTests {
  @Test func `a plain request goes on in origin form, alone on its connection, without proxy headers`() async throws {
    let seen = Mutex("")
    let server = try RawServer { connection in
      guard let request = connection.readRequest() else { return }
      seen.withLock { $0 = request.head + String(decoding: request.body, as: UTF8.self) }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\n\r\nok")
      if connection.readRequest() != nil { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno") }
    }
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port, http: true)) { _, _ in ["127.0.0.1"] }
    let url = "http://Shop.example:\(server.port)/a?b=c"
    let request =
      "POST \(url) HTTP/1.1\r\nHost: other.example\r\n\(authorization(harness))Proxy-Connection: keep-alive\r\n"
      + "Connection: X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\nContent-Length: 3\r\n\r\nabc"
    let connection = try ask(harness, request + request)
    let text = connection.readAll()
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(text.hasSuffix("connection: close\r\n\r\nok"))
    #expect(note(harness, text) == .answered("127.0.0.1"))
    #expect(server.requests == 1)
    #expect(
      seen.withLock { $0 }
        == "POST /a?b=c HTTP/1.1\r\nHost: shop.example:\(server.port)\r\nx-end: 2\r\ncontent-length: 3\r\n"
        + "connection: close\r\n\r\nabc")
    connection.close()
    await harness.stop()
  }

  @Test func `a chunked request body is carried to its end`() async throws {
    let server = try RawServer { connection in
      guard let head = connection.readHead(), let body = connection.readHead() else { return }
      connection.write("HTTP/1.1 200 OK\r\n\r\n\(head.contains("transfer-encoding: chunked"))\(body)")
    }
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port, http: true))
    let connection = try ask(
      harness,
      "POST http://127.0.0.1:\(server.port)/ HTTP/1.1\r\n\(authorization(harness))Transfer-Encoding: chunked\r\n\r\n"
        + "3;x=1\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n")
    #expect(connection.readAll().contains("true3\r\nabc\r\n0\r\n\r\n"))
    connection.close()
    await harness.stop()
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "hello\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
  ]) func `an answer without a sound head becomes 502`(answer: String) async throws {
    let server = try RawServer { connection in
      _ = connection.readRequest()
      connection.write(answer)
    }
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port, http: true))
    let connection = try ask(
      harness, "GET http://127.0.0.1:\(server.port)/ HTTP/1.1\r\n\(authorization(harness))\r\n")
    let text = connection.readAll()
    #expect(text.hasPrefix("HTTP/1.1 502 "))
    #expect(note(harness, text) == .broken("127.0.0.1"))
    connection.close()
    await harness.stop()
  }

  @Test func `a target that floods without being asked is cut`() async throws {
    let server = try RawServer { connection in
      _ = connection.readHead()
      let block = [UInt8](repeating: 0x61, count: 65_536)
      while connection.write(block) {}
    }
    defer { server.stop() }
    var rules = local(server.port)
    rules.answerBytes = 1 << 20
    let harness = try await GuardHarness(rules)
    let (connection, _) = try connect(harness, "127.0.0.1:\(server.port)")
    connection.write("go\r\n\r\n")
    #expect(connection.readAll(limit: 64 << 20).utf8.count <= 1 << 20)
    connection.close()
    await harness.stop()
  }

  @Test func `a slow reader holds the sender back`() async throws {
    let sent = Mutex(0)
    let server = try RawServer { connection in
      _ = connection.readHead()
      let block = [UInt8](repeating: 0x61, count: 65_536)
      for _ in 0..<1024 {
        if !connection.write(block) { return }
        sent.withLock { $0 += block.count }
      }
    }
    defer { server.stop() }
    var rules = local(server.port)
    rules.answerBytes = 0
    let harness = try await GuardHarness(rules)
    let (connection, _) = try connect(harness, "127.0.0.1:\(server.port)")
    connection.write("go\r\n\r\n")
    // 64 MiB do not fit into the kernel's and the guard's buffers: the sender must come to rest before its end.
    var last = -1
    await waitUntil("the sender rests") {
      try? await Task.sleep(for: .milliseconds(50))
      let now = sent.withLock { $0 }
      defer { last = now }
      return now > 0 && now == last
    }
    #expect(last < 32 << 20)
    #expect(connection.readAll(limit: 128 << 20).utf8.count == 64 << 20)
    connection.close()
    await harness.stop()
  }

  @Test func `half-closing goes through`() async throws {
    let server = try RawServer { connection in
      let text = connection.readAll()
      connection.write("all: \(text)")
    }
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port))
    let (connection, _) = try connect(harness, "127.0.0.1:\(server.port)")
    connection.write("abc")
    connection.finishWriting()
    #expect(connection.readAll() == "all: abc")
    connection.close()
    await harness.stop()
  }

  @Test func `a tunnel that was given up lets nothing through`() async throws {
    let server = try RawServer { connection in #expect(connection.isAtEnd()) }
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port))
    let (connection, head) = try connect(harness, "127.0.0.1:\(server.port)")
    #expect(note(harness, head) == .tunnel("127.0.0.1", 1))
    harness.egress.refuse(tunnel: 1)
    connection.write("hello")
    #expect(connection.isAtEnd())
    connection.close()
    await waitUntil("the tunnel is forgotten") { !harness.egress.isUnwanted(1) }
    await harness.stop()
  }

  @Test func `an idle tunnel is cut`() async throws {
    let server = try echo()
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port), limits: EgressLimits(idle: .milliseconds(100)))
    let (connection, _) = try connect(harness, "127.0.0.1:\(server.port)")
    #expect(connection.isAtEnd())
    connection.close()
    await harness.stop()
  }

  @Test func `closing cuts what is open`() async throws {
    let server = try echo()
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port))
    let (connection, _) = try connect(harness, "127.0.0.1:\(server.port)")
    await harness.stop()
    #expect(connection.isAtEnd())
    connection.close()
  }

  @Test func `each reservation has its own port, credentials and header`() throws {
    let one = try EgressReservation()
    let two = try EgressReservation()
    #expect(one.port != two.port)
    #expect(one.credentials != two.credentials)
    #expect(one.noteHeader != two.noteHeader)
    #expect(one.proxyURL == "http://\(one.credentials)@127.0.0.1:\(one.port)")
  }
}
