import Contracts
import Crypto
import HTTP
import JSON
import Outbound
import Store
import Telemetry
import SenderRegistryHarness
import Testing
import TestSupport
import Transport
import Wire

@testable import SenderRegistry

@Suite struct AccessTests {
  @Test func `a request without a good key is unauthenticated whatever it asks for`() async throws {
    try await SenderRegistryHarness.run { harness in
      let good = harness.adminKey
      let (_, expired) = try await harness.makeAccount("late", expiresAt: 1)
      let bad: [(String, [(String, String)])] = [
        ("API_KEY_REQUIRED", []),
        ("API_KEY_MALFORMED", [("Authorization", "Bearer")]),
        ("API_KEY_MALFORMED", [("Authorization", "Basic \(good)")]),
        ("API_KEY_MALFORMED", [("Authorization", "Bearer \(good)x")]),
        ("API_KEY_MALFORMED", [("Authorization", "Bearer \(good) \(good)")]),
        ("API_KEY_INVALID", [("Authorization", "Bearer \(APIKeyText.generate().string ?? "")")]),
        ("API_KEY_INVALID", [("Authorization", "Bearer \(expired)")]),
      ]
      for (code, headers) in bad {
        let answer = try await harness.request("GET", "/v1/senders", headers: headers, key: "")
        #expect(answer.status == 401, "\(headers)")
        #expect(answer.json["code"]?.string == code, "\(headers)")
        #expect(answer.headers["WWW-Authenticate"] == "Bearer")
      }
      #expect(try await harness.request("GET", "/v1/senders").status == 200)
      // The scheme's name has no case (RFC 9110 §11.1).
      #expect(
        try await harness.request("GET", "/v1/senders", headers: [("Authorization", "bearer \(good)")], key: "").status
          == 200)
    }
  }

  @Test func `an address that sends wrong keys is refused before they are looked up`() async throws {
    try await SenderRegistryHarness.run { harness in
      let clock = TestClock()
      let failures = FailedKeys(clock: clock.clock)
      let lines = CollectedLines()
      let authentication = RESTAuthentication(
        database: try harness.database, failures: failures, clock: clock.clock,
        log: Log(service: "test", level: .debug, sink: .collecting(into: lines)))
      func attempt(_ key: String?, from host: String) async throws -> CallFailure? {
        let request = try HTTPRequest(
          method: "GET", target: "/v1/senders", headers: key.map { ["Authorization": "Bearer \($0)"] } ?? [:],
          remote: SocketAddress(host: host, port: 1))
        do {
          _ = try await authentication.key(of: request)
          return nil
        } catch let failure as CallFailure {
          return failure
        }
      }
      let wrong = try #require(APIKeyText.generate().string)
      for number in 1...FailedKeys.burst {
        let failure = try await attempt(number % 3 == 0 ? nil : wrong, from: "192.0.2.1")
        #expect(failure?.code == .unauthenticated, "\(number)")
      }
      let lookedUp = lines.ofEvent("api_key.refused").count
      let refused = try await attempt(wrong, from: "192.0.2.1")
      #expect(refused?.code == .resourceExhausted && refused?.reason == "TOO_MANY_FAILED_KEYS")
      #expect(refused?.retry == .afterMilliseconds(100))
      #expect(lines.ofEvent("api_key.refused").count == lookedUp)
      // A good key that nobody knows yet waits with the others; from elsewhere it works, and then from here too.
      #expect(try await attempt(harness.adminKey, from: "192.0.2.1")?.code == .resourceExhausted)
      #expect(try await attempt(harness.adminKey, from: "192.0.2.2") == nil)
      #expect(try await attempt(harness.adminKey, from: "192.0.2.1") == nil)
      clock.advance(by: .milliseconds(100))
      #expect(try await attempt(wrong, from: "192.0.2.1")?.code == .unauthenticated)
      #expect(try await attempt(wrong, from: "192.0.2.1")?.code == .resourceExhausted)
    }
  }

  @Test func `the front door answers 429 to an address that guesses`() async throws {
    try await SenderRegistryHarness.run { harness in
      for _ in 0..<400 {
        let answer = try await harness.request("GET", "/v1/senders", key: "wsk_wrong")
        if answer.status == 401 { continue }
        #expect(answer.status == 429 && answer.headers["Retry-After"] == "1")
        #expect(answer.json["code"]?.string == "TOO_MANY_FAILED_KEYS")
        return
      }
      Issue.record("never refused")
    }
  }

  @Test func `a whole IPv6 network is one address, and IPv4 in IPv6 is IPv4`() throws {
    func origin(_ host: String) throws -> [UInt8] { FailedKeys.origin(try SocketAddress(host: host, port: 1)) }
    #expect(try origin("2001:db8:1:2::1") == origin("2001:db8:1:2:ffff::9"))
    #expect(try origin("2001:db8:1:2::1") != origin("2001:db8:1:3::1"))
    #expect(try origin("::ffff:192.0.2.1") == origin("192.0.2.1"))
  }

  @Test func `the table of addresses has a limit`() {
    let clock = TestClock()
    let rates = RateLimiter<Int>(perSecond: 10, burst: 50, clock: clock.clock)
    for number in 0..<10_000 { #expect(rates.take(number) == nil) }
    #expect(rates.take(10_000) == 1_000 && rates.wait(10_000) == 1_000 && rates.wait(1) == nil)
    #expect(rates.count == 10_000)
    clock.advance(by: .milliseconds(100))
    #expect(rates.take(10_000) == nil && rates.count == 1)
  }

  @Test func `two keys in one request are one too many`() async throws {
    try await SenderRegistryHarness.run { harness in
      let authentication = RESTAuthentication(
        database: try harness.database, failures: FailedKeys(clock: .system), clock: .system, log: .silent)
      let header = "Bearer " + harness.adminKey
      let remote = try SocketAddress(host: "127.0.0.1", port: 1)
      let one = try HTTPRequest(
        method: "GET", target: "/v1/senders", headers: ["Authorization": header], remote: remote)
      _ = try await authentication.key(of: one)
      let two = try HTTPRequest(
        method: "GET", target: "/v1/senders", headers: ["Authorization": header, "authorization": header],
        remote: remote)
      let failure = await #expect(throws: CallFailure.self) { try await authentication.key(of: two) }
      #expect(failure?.reason == "API_KEY_REQUIRED")
    }
  }

  @Test func `a key does what its role allows and no more`() async throws {
    try await SenderRegistryHarness.run { harness in
      let (_, viewer) = try await harness.makeAccount("viewer", role: .viewer)
      let (_, worker) = try await harness.makeAccount("operator", role: .operator)
      let body = "{\"phone_number\":\"+14155550123\",\"display_name\":\"Shop\"}"
      #expect(try await harness.request("GET", "/v1/senders", key: viewer).status == 200)
      let refused = try await harness.request("POST", "/v1/senders", body: body, key: viewer)
      #expect(refused.status == 403 && refused.json["code"]?.string == "ROLE_TOO_LOW")
      #expect(try await harness.request("POST", "/v1/senders", body: body, key: worker).status == 201)
    }
  }

  @Test func `a new key in the operator's file ends the old one`() async throws {
    let first = try await SenderRegistryHarness()
    let old = first.adminKey
    let account = try await first.account
    #expect(try await first.request("GET", "/v1/senders").status == 200)
    await first.stop(withGraph: false)

    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph)
    #expect(second.adminKey != old)
    #expect(try await second.request("GET", "/v1/senders").status == 200)
    let refused = try await second.request("GET", "/v1/senders", key: old)
    #expect(refused.status == 401 && refused.json["code"]?.string == "API_KEY_INVALID")
    #expect(try await second.account == account)
    await second.stop(withGraph: false)

    let third = try await SenderRegistryHarness(files: first.files, graph: first.graph, adminKey: second.adminKey)
    let keys = try await third.database.read { try $0.first("SELECT count(*) FROM api_keys") { try $0.int(0) } }
    #expect(keys == 2)
    await third.stop()
  }

  @Test func `the last use of a key is remembered but not written at every request`() async throws {
    try await SenderRegistryHarness.run { harness in
      func lastUse() async throws -> Int64? {
        try await harness.database.read {
          try $0.first("SELECT last_used_at FROM api_keys") { try $0.optionalInt64(0) } ?? nil
        }
      }
      #expect(try await lastUse() == nil)
      _ = try await harness.request("GET", "/v1/senders")
      let first = try #require(try await lastUse())
      _ = try await harness.request("GET", "/v1/senders")
      #expect(try await lastUse() == first)
    }
  }

  @Test func `an admin key file without a key refuses to start and says what is right`() async throws {
    do {
      _ = try await SenderRegistryHarness(adminKey: "wsk_short", isStarted: false)
      Issue.record("expected a refusal")
    } catch {
      #expect("\(error)".contains("wsk_ followed by 43 characters"), "\(error)")
      #expect(!"\(error)".contains("wsk_short"))
    }
  }

  @Test func `a copied database shows no token, code, PIN or key`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      let pin = try #require(harness.graph.world.pin)
      try await harness.database.checkpoint()
      let bytes = try harness.files.databaseBytes(.senderRegistry)
      #expect(bytes.count > 4_096)
      for secret in [harness.graph.world.token, "AQB-signup-code", harness.adminKey, "app-secret"] {
        #expect(!bytes.contains(secret), "\(secret) is in the file")
      }
      // Six digits may occur by chance in other numbers: the column itself must not hold them.
      let stored = try await harness.database.read { try $0.first("SELECT pin FROM senders") { try $0.text(0) } }
      #expect(stored?.hasPrefix("v1.") == true && stored?.contains(pin) == false)
      // And what is logged says none of it either, nor the phone number.
      let lines = harness.log.all.joined(separator: "\n")
      for secret in [harness.graph.world.token, "AQB-signup-code", harness.adminKey, "\(pin)\"", "4155550123"] {
        #expect(!lines.contains(secret), "\(secret) is in the log")
      }
    }
  }
}
