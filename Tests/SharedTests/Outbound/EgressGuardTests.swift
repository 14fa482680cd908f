import Crypto
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Outbound

/// The guard as its clients see it, spoken to byte by byte.
@Suite struct EgressGuardTests {
  func authorization(_ harness: GuardHarness) -> String {
    "Proxy-Authorization: Basic \(Base64.encode(Array(harness.reservation.credentials.utf8)))\r\n"
  }

  /// Opens 127.0.0.0/8 to the tests' servers, on any of `ports`.
  func local(_ ports: Int..., http: Bool = false) -> EgressRules {
    EgressRules(allowHTTP: http, ports: Set(ports), allowedRanges: [CIDR("127.0.0.0/8")].compactMap { $0 })
  }

  func ask(_ harness: GuardHarness, _ head: String) throws -> RawConnection {
    let connection = try #require(RawConnection(port: harness.egress.port))
    connection.write(head)
    return connection
  }

  func connect(_ harness: GuardHarness, _ authority: String) throws -> (RawConnection, String) {
    let connection = try ask(harness, "CONNECT \(authority) HTTP/1.1\r\n\(authorization(harness))\r\n")
    return (connection, connection.readHead() ?? "")
  }

  func note(_ harness: GuardHarness, _ head: String) -> EgressNote? {
    head.split(separator: "\r\n").first { $0.hasPrefix(harness.reservation.noteHeader + ": ") }
      .flatMap { EgressNote(String($0.dropFirst(harness.reservation.noteHeader.count + 2))) }
  }

  func echo() throws -> RawServer {
    try RawServer { connection in
      while let head = connection.readHead() { connection.write("echo " + head) }
    }
  }

  @Test func `a tunnel carries bytes both ways and names the address it dialled`() async throws {
    let server = try echo()
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port)) { _, _ in ["127.0.0.1"] }
    let (connection, head) = try connect(harness, "hook.example:\(server.port)")
    #expect(head.hasPrefix("HTTP/1.1 200 "))
    #expect(note(harness, head) == .tunnel("127.0.0.1", 1))
    for text in ["one\r\n\r\n", "two\r\n\r\n"] {
      connection.write(text)
      #expect(connection.readHead() == "echo " + text)
    }
    #expect(harness.seen().dialled == ["hook.example:\(server.port) 127.0.0.1"])
    connection.close()
    await waitUntil("the connection is gone") { await harness.egress.openConnections() == 0 }
    await harness.stop()
  }

  @Test(arguments: [
    [], ["Proxy-Authorization: Basic Z3VhcmQ6MDA="], ["Proxy-Authorization: Basic"], ["Authorization: Basic x"],
  ]) func `a stranger gets 407 and nothing else`(headers: [String]) async throws {
    let server = try echo()
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port, http: true))
    let fields = headers.map { $0 + "\r\n" }.joined()
    for line in [
      "CONNECT 127.0.0.1:\(server.port)", "GET http://127.0.0.1:\(server.port)/", "CONNECT 10.0.0.1:443", "GET /",
    ] {
      let connection = try ask(harness, "\(line) HTTP/1.1\r\n\(fields)\r\n")
      let text = connection.readAll()
      #expect(text.hasPrefix("HTTP/1.1 407 "))
      #expect(!text.contains("x-egress"))
      connection.close()
    }
    #expect(server.connections == 0)
    #expect(harness.seen().strangers == 4)
    await harness.stop()
  }

  @Test(arguments: [
    "GET / HTTP/1.1", "GET https://example.com/ HTTP/1.1", "GET ftp://127.0.0.1/ HTTP/1.1",
    "CONNECT 127.0.0.1 HTTP/1.1",
    "CONNECT 127.0.0.1:0 HTTP/1.1", "CONNECT 127.0.0.1:443:1 HTTP/1.1", "CONNECT a@127.0.0.1:443 HTTP/1.1",
    "CONNECT http://127.0.0.1:443 HTTP/1.1", "GET http://a@127.0.0.1/ HTTP/1.1", "OPTIONS * HTTP/1.1",
    "GET http://127.0.0.1/ HTTP/2", "GET  http://127.0.0.1/ HTTP/1.1", "GET http://127.0.0.1/",
  ]) func `what is no proxy request is refused`(line: String) async throws {
    let harness = try await GuardHarness(local(443, http: true))
    let connection = try ask(harness, "\(line)\r\n\(authorization(harness))\r\n")
    let text = connection.readAll()
    #expect(text.hasPrefix("HTTP/1.1 400 "))
    #expect(note(harness, text) == .denied(.malformed))
    #expect(harness.seen().lookups.isEmpty)
    connection.close()
    await harness.stop()
  }

  @Test(arguments: [
    "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n", "Content-Length: +1\r\n", "A: b\r\n folded\r\n", "A: b\nB: c\r\n", "no colon\r\n",
  ]) func `a request that can be read two ways is refused`(fields: String) async throws {
    let harness = try await GuardHarness(local(443, http: true))
    let connection = try ask(
      harness, "POST http://127.0.0.1/ HTTP/1.1\r\n\(authorization(harness))\(fields)\r\n")
    // A head that cannot be read at all holds no credentials either.
    let status = connection.readAll().prefix(12)
    #expect(status == "HTTP/1.1 400" || status == "HTTP/1.1 407")
    connection.close()
    await harness.stop()
  }

  @Test func `a head without end is cut at the limit`() async throws {
    let harness = try await GuardHarness(EgressRules())
    let connection = try ask(harness, "CONNECT a:443 HTTP/1.1\r\nA: " + String(repeating: "x", count: 20_000))
    #expect(connection.readAll().hasPrefix("HTTP/1.1 431 "))
    connection.close()
    await harness.stop()
  }

  @Test func `a silent client is cut at the head limit`() async throws {
    let harness = try await GuardHarness(EgressRules(), limits: EgressLimits(head: .milliseconds(100)))
    let connection = try ask(harness, "CONNECT a:443 HTTP/1.1\r\n")
    #expect(connection.isAtEnd())
    connection.close()
    await harness.stop()
  }

  @Test(arguments: [
    ("10.0.0.1:443", EgressDenial.privateAddress), ("169.254.169.254:443", .privateAddress),
    ("[::1]:443", .privateAddress), ("[::ffff:127.0.0.1]:443", .privateAddress),
    ("[64:ff9b::a00:1]:443", .privateAddress),
    ("2130706433:443", .spelling), ("0x7f.1:443", .spelling), ("localhost:443", .spelling),
    ("localhost.:443", .spelling),
    ("[fe80::1%25eth0]:443", .spelling), ("inside.example:443", .privateAddress),
    ("mixed.example:443", .privateAddress),
    ("mixed6.example:443", .privateAddress), ("own.example:443", .ownHost), ("a.own.example:443", .ownHost),
    ("alias.example:443", .ownHost), ("alias6.example:443", .ownHost), ("198.51.99.7:443", .ownHost),
    ("public.example:22", .port), ("public.example:80", .port),
  ]) func `a target inside is refused and never dialled`(authority: String, why: EgressDenial) async throws {
    let harness = try await GuardHarness(EgressRules(denyHosts: ["own.example", "198.51.99.7", "2a00::7"])) { host, _ in
      switch host {
      case "inside.example": ["10.0.0.1"]
      case "mixed.example": ["93.184.216.34", "192.168.0.1"]
      // Of somebody else, and leads here: by the address of our name, and by one that was named.
      case "own.example", "alias.example": ["93.184.216.40"]
      case "alias6.example": ["2a00::8", "2a00::7"]
      case "mixed6.example": ["93.184.216.34", "fd00::1"]
      default: ["93.184.216.34"]
      }
    }
    let (connection, head) = try connect(harness, authority)
    #expect(head.hasPrefix("HTTP/1.1 403 "))
    #expect(note(harness, head) == .denied(why))
    #expect(harness.seen().dialled.isEmpty)
    #expect(harness.seen().denied == [why])
    connection.close()
    await harness.stop()
  }

  @Test func `own addresses are found out, and left alone where they are shared with others`() async throws {
    let resolve: EgressDialler.Resolve = { _, port async throws(TransportFailure) in
      [try SocketAddress(host: "93.184.216.40", port: port)]
    }
    let address = try SocketAddress(host: "93.184.216.40", port: 443)
    let other = try SocketAddress(host: "93.184.216.41", port: 443)
    let own = OwnAddresses(EgressRules(denyHosts: ["own.example"]), resolve: resolve)
    #expect(await own.contain(anyOf: [other, address]))
    #expect(await !own.contain(anyOf: [other]))
    let shared = EgressRules(denyHosts: ["own.example"], deniesOwnAddresses: false)
    #expect(await !OwnAddresses(shared, resolve: resolve).contain(anyOf: [address]))
    // Nothing is known of a name that cannot be looked up, and nobody is kept waiting.
    let unknown = OwnAddresses(EgressRules(denyHosts: ["own.example"])) { name, _ async throws(TransportFailure) in
      throw TransportFailure.unresolved(host: name, reason: "no answer")
    }
    #expect(await !unknown.contain(anyOf: [address]))
  }

  @Test func `a name that changes between look-ups is dialled only at the address that was checked`() async throws {
    let server = try RawServer(host: "127.0.0.2") { connection in
      while let head = connection.readHead() { connection.write(head) }
    }
    let inner = try RawServer(host: "127.0.0.3") { _ in }
    defer {
      server.stop()
      inner.stop()
    }
    let rules = EgressRules(
      ports: [server.port], allowedRanges: [CIDR("127.0.0.2/32")].compactMap { $0 })
    let harness = try await GuardHarness(rules) { _, count in count == 0 ? ["127.0.0.2"] : ["127.0.0.3"] }
    let (first, head) = try connect(harness, "rebind.example:\(server.port)")
    #expect(note(harness, head) == .tunnel("127.0.0.2", 1))
    #expect(harness.seen().lookups == ["rebind.example"])
    let (second, refusal) = try connect(harness, "rebind.example:\(server.port)")
    #expect(note(harness, refusal) == .denied(.privateAddress))
    // The kernel has accepted the connection before the server's own thread counts it.
    try await eventually("the server has counted its connection") { server.connections == 1 }
    #expect(inner.connections == 0)
    first.close()
    second.close()
    await harness.stop()
  }

  @Test func `a name without an address, a refused port and a full backlog are told apart`() async throws {
    let closed = try RawServer { _ in }
    closed.stop()
    await waitUntil("nobody listens") { RawConnection(port: closed.port) == nil }
    let rules = EgressRules(
      ports: [closed.port, 443], allowedRanges: [CIDR("127.0.0.0/8"), CIDR("192.0.2.0/24")].compactMap { $0 })
    let harness = try await GuardHarness(rules, limits: EgressLimits(connect: .milliseconds(300))) { host, _ in
      switch host {
      case "refuses.example": ["127.0.0.1", "127.0.0.4"]
      default: []
      }
    }
    let (one, unresolved) = try connect(harness, "nobody.example:443")
    #expect(unresolved.hasPrefix("HTTP/1.1 502 "))
    #expect(note(harness, unresolved) == .unresolved)
    let (two, refused) = try connect(harness, "refuses.example:\(closed.port)")
    #expect(refused.hasPrefix("HTTP/1.1 502 "))
    #expect(note(harness, refused) == .refused)
    one.close()
    two.close()
    await harness.stop()
  }

  @Test func `a look-up that hangs is answered at the connect limit`() async throws {
    let loop = try EventLoop(name: "guard-test")
    let reservation = try EgressReservation()
    let release = AsyncStream<Void>.makeStream()
    let egress = try EgressGuard(
      rules: EgressRules(), reservation: reservation, loop: loop, limits: EgressLimits(connect: .milliseconds(100)),
      resolve: { _, _ async throws(TransportFailure) in
        for await _ in release.stream {}
        return []
      })
    try await egress.start()
    let connection = try #require(RawConnection(port: egress.port))
    connection.write(
      "CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic "
        + "\(Base64.encode(Array(reservation.credentials.utf8)))\r\n\r\n")
    #expect(connection.readHead()?.hasPrefix("HTTP/1.1 504 ") == true)
    release.continuation.finish()
    connection.close()
    await egress.close()
    loop.stop()
  }

  @Test func `the next address is tried when one refuses`() async throws {
    let server = try RawServer(host: "127.0.0.5") { connection in
      while let head = connection.readHead() { connection.write(head) }
    }
    defer { server.stop() }
    let harness = try await GuardHarness(local(server.port)) { _, _ in ["127.0.0.6", "127.0.0.5"] }
    let (connection, head) = try connect(harness, "two.example:\(server.port)")
    #expect(note(harness, head) == .tunnel("127.0.0.5", 1))
    connection.close()
    await harness.stop()
  }

  @Test func `an operator's host is dialled wherever it is, on its own port only`() async throws {
    let server = try echo()
    defer { server.stop() }
    let harness = try await GuardHarness(
      EgressRules(operatorHosts: ["model.internal:\(server.port)"])
    ) { _, _ in ["127.0.0.1"] }
    let (connection, head) = try connect(harness, "model.internal:\(server.port)")
    #expect(head.hasPrefix("HTTP/1.1 200 "))
    let (other, refusal) = try connect(harness, "model.internal:443")
    #expect(note(harness, refusal) == .denied(.privateAddress))
    connection.close()
    other.close()
    await harness.stop()
  }
}
