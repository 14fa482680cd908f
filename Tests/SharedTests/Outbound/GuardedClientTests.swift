import Glibc
import Testing

@testable import Outbound

/// URLSession through the guard. The proxy variables are the process's own, so each test has a process for itself.
@Suite struct GuardedClientTests {
  @Test func `an inherited NO_PROXY does not lead around the guard`() async {
    await #expect(processExitsWith: .success) { try await GuardedScenarios.inheritedNoProxy() }
  }

  @Test func `plain http goes through the guard, once per connection, and survives every answer`() async {
    await #expect(processExitsWith: .success) { try await GuardedScenarios.plainHTTP() }
  }

  @Test func `refusals of the guard reach the caller with their reason, and nothing has left`() async {
    await #expect(processExitsWith: .success) { try await GuardedScenarios.refusals() }
  }

  /// libcurl trusts the system's file of authorities and nothing else, so a process of its own gets to see the test's
  /// certificate in that place, in a mount namespace that ends with it.
  @Test(.enabled(if: TrustedProcess.isPossible, "needs `unshare` and the right to mount in a namespace"))
  func `TLS goes through one tunnel, and a request that must not repeat arrives once`() throws {
    let server = try TLSServer()
    defer { server.stop() }
    let output = try TrustedProcess.run(
      test: "GuardedTunnelTests", trusting: server.certificate,
      environment: ["OUTBOUND_TLS_PORT": String(server.port), "OUTBOUND_TLS_ARRIVALS": server.arrivalsPath])
    #expect(output.contains("Test run with 1 test in 1 suite passed"), "\(output.suffix(3000))")
  }

  @Test func `an untrusted certificate fails before anything has left`() async {
    await #expect(processExitsWith: .success) { try await GuardedScenarios.untrusted() }
  }
}

/// Each runs alone in a child process and fails it by a recorded issue.
enum GuardedScenarios {
  static let loopback = [CIDR("127.0.0.0/8")].compactMap { $0 }

  static func outcome(_ client: HTTPClient, _ request: OutboundRequest) async -> OutboundFailure? {
    do throws(OutboundFailure) {
      let answer = try await client.send(request)
      Issue.record("an answer came: \(answer.status)")
      return nil
    } catch {
      return error
    }
  }

  static func post(_ url: String, limits: OutboundLimits = OutboundLimits()) -> OutboundRequest {
    OutboundRequest(method: "POST", url: url, body: Array(#"{"a":1}"#.utf8), limits: limits)
  }

  static func inheritedNoProxy() async throws {
    for name in ["no_proxy", "NO_PROXY"] { setenv(name, "*", 1) }
    for name in ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:1", 1) }
    let reservation = try EgressReservation()
    reservation.prepareEnvironment()
    let server = try RawServer { connection in
      while connection.readRequest() != nil { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    }
    let harness = try await GuardHarness(
      EgressRules(allowHTTP: true, ports: [server.port], allowedRanges: loopback), reservation: reservation
    ) { _, _ in ["127.0.0.1"] }
    let client = HTTPClient(HTTPClientConfiguration(target: .customer, allowPlainHTTP: true), guard: harness.egress)
    let answer = try await client.send(post("http://hook.test:\(server.port)/"))
    #expect(answer.status == 200)
    #expect(answer.dialledAddress == "127.0.0.1")
    #expect(harness.seen().dialled == ["hook.test:\(server.port) 127.0.0.1"])
    #expect(getenv("NO_PROXY") == nil)
  }

  static func plainHTTP() async throws {
    let reservation = try EgressReservation()
    reservation.prepareEnvironment()
    let answers = [
      "/ok": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "/status": "HTTP/1.1 200 OK\r\n",
      "/head": "HTTP/1.1 200 OK\r\nContent-Le", "/empty": "",
      "/trailer": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
      "/length": "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nok",
      "/redirect": "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
      "/challenge": "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno",
      "/cut": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
      "/reason": "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "/end": "HTTP/1.1 200 OK\r\n\r\nok",
    ]
    let server = try RawServer { connection in
      while let request = connection.readRequest() {
        let path = String(request.head.split(separator: " ")[1])
        guard let answer = answers[path] else { return }
        connection.write(answer)
        if path != "/ok" { return }
      }
    }
    let harness = try await GuardHarness(
      EgressRules(allowHTTP: true, ports: [server.port], allowedRanges: loopback), reservation: reservation
    ) { _, _ in ["127.0.0.1"] }
    let client = HTTPClient(HTTPClientConfiguration(target: .customer, allowPlainHTTP: true), guard: harness.egress)
    let base = "http://hook.test:\(server.port)"
    for path in ["/ok", "/trailer", "/reason", "/end", "/ok"] {
      let answer = try await client.send(post(base + path))
      #expect(answer.status == 200, "\(path)")
      #expect(answer.body == Array("ok".utf8), "\(path)")
      #expect(answer.dialledAddress == "127.0.0.1", "\(path)")
      #expect(answer.headers[reservation.noteHeader] == nil)
    }
    #expect(try await client.send(post(base + "/redirect")).status == 302)
    #expect(try await client.send(post(base + "/challenge")).status == 401)
    for path in ["/status", "/head", "/empty", "/length", "/cut"] {
      let failure = await outcome(client, post(base + path))
      #expect(failure?.kind == .closedBeforeAnswer, "\(path)")
      #expect(failure?.neverLeft == false, "\(path)")
      #expect(failure?.dialledAddress == "127.0.0.1", "\(path)")
    }
    #expect(server.connections == server.requests)
    #expect(server.requests == 12)
  }

  static func refusals() async throws {
    let reservation = try EgressReservation()
    reservation.prepareEnvironment()
    let closed = try RawServer { _ in }
    closed.stop()
    await waitUntil("nobody listens") { RawConnection(port: closed.port) == nil }
    let harness = try await GuardHarness(
      EgressRules(
        allowHTTP: true, ports: [443, closed.port], allowedRanges: loopback,
        operatorHosts: ["model.test:443"]),
      limits: EgressLimits(connect: .milliseconds(300)), reservation: reservation
    ) { host, _ in
      switch host {
      case "inside.test": ["10.0.0.1"]
      case "mixed.test": ["127.0.0.1", "10.0.0.1"]
      case "closed.test": ["127.0.0.1"]
      default: []
      }
    }
    let customer = HTTPClient(HTTPClientConfiguration(target: .customer, allowPlainHTTP: true), guard: harness.egress)
    for scheme in ["http", "https"] {
      let ports = scheme == "http" ? ":\(closed.port)" : ":443"
      for (host, kind) in [
        ("inside.test", OutboundFailure.Kind.egressDenied(.privateAddress)),
        ("mixed.test", .egressDenied(.privateAddress)), ("nobody.test", .resolveFailed),
      ] {
        // With and without a body: the one proves it by the body, the other by the guard's word.
        for body in [[], [UInt8(1)]] {
          let request = OutboundRequest(method: "POST", url: "\(scheme)://\(host)\(ports)/", body: body)
          let failure = await outcome(customer, request)
          #expect(failure?.kind == kind, "\(scheme) \(host)")
          #expect(failure?.neverLeft == true, "\(scheme) \(host)")
        }
      }
      let failure = await outcome(customer, post("\(scheme)://closed.test:\(closed.port)/"))
      #expect(failure?.kind == .connectFailed, "\(scheme)")
      #expect(failure?.neverLeft == true)
    }
    // Refused before the guard is even asked.
    let lookups = harness.seen().lookups.count
    #expect(await outcome(customer, post("https://model.test/"))?.kind == .egressDenied(.ownHost))
    #expect(await outcome(customer, post("https://169.254.169.254/"))?.kind == .egressDenied(.privateAddress))
    #expect(await outcome(customer, post("https://0x7f.1/"))?.kind == .egressDenied(.spelling))
    #expect(await outcome(customer, post("ftp://closed.test/"))?.kind == .egressDenied(.scheme))
    #expect(harness.seen().lookups.count == lookups)
    // The operator's own client may name it; here it only has no address.
    let operators = HTTPClient(HTTPClientConfiguration(), guard: harness.egress)
    #expect(await outcome(operators, post("https://model.test/"))?.kind == .resolveFailed)
  }

  static func untrusted() async throws {
    let server = try TLSServer()
    defer { server.stop() }
    let reservation = try EgressReservation()
    reservation.prepareEnvironment()
    let harness = try await GuardHarness(
      EgressRules(ports: [server.port], allowedRanges: loopback), reservation: reservation
    ) { _, _ in ["127.0.0.1"] }
    let client = HTTPClient(HTTPClientConfiguration(target: .customer), guard: harness.egress)
    for body in [[], [UInt8(1)]] {
      let request = OutboundRequest(method: "POST", url: "https://hook.test:\(server.port)/", body: body)
      let failure = await outcome(client, request)
      #expect(failure?.kind == .tlsFailed)
      #expect(failure?.neverLeft == true)
      #expect(failure?.dialledAddress == "127.0.0.1")
    }
    #expect(!server.arrivals.contains("H"))
  }
}
