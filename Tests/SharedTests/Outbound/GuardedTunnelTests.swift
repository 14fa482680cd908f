import Foundation
import Testing

@testable import Outbound

/// The part of `GuardedClientTests` that runs where the test's certificate is trusted.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["OUTBOUND_TLS_PORT"] != nil, "started by GuardedClientTests"))
struct GuardedTunnelTests {
  @Test func `keeps a tunnel alive and sends what must not repeat once`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let port = try #require(environment["OUTBOUND_TLS_PORT"].flatMap { Int($0) })
    let file = try #require(environment["OUTBOUND_TLS_ARRIVALS"])
    func arrivals() -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
    let reservation = try EgressReservation()
    reservation.prepareEnvironment()
    let harness = try await GuardHarness(
      EgressRules(ports: [port], allowedRanges: GuardedScenarios.loopback), reservation: reservation
    ) { _, _ in ["127.0.0.1"] }
    let client = HTTPClient(HTTPClientConfiguration(target: .customer), guard: harness.egress)
    let base = "https://hook.test:\(port)"
    for _ in 0..<3 {
      let answer = try await client.send(GuardedScenarios.post(base + "/ok"))
      #expect(answer.status == 200)
      #expect(answer.body == Array("ok".utf8))
      #expect(answer.dialledAddress == "127.0.0.1")
      #expect(answer.headers[reservation.noteHeader] == nil)
    }
    // Kept alive: one connection, one CONNECT, three requests.
    #expect(arrivals() == "CHRHRHR")
    #expect(harness.seen().dialled.count == 1)
    let opened = arrivals().count { $0 == "H" }
    for count in 1...10 {
      let failure = await GuardedScenarios.outcome(client, GuardedScenarios.post(base + "/die"))
      #expect(failure?.kind == .closedBeforeAnswer)
      #expect(failure?.neverLeft == false)
      #expect(failure?.dialledAddress == "127.0.0.1")
      #expect(try await client.send(GuardedScenarios.post(base + "/ok")).status == 200)
      // Not even a second head: one for what died, one for what followed.
      #expect(arrivals().count { $0 == "H" } == opened + 2 * count)
      #expect(arrivals().count { $0 == "R" } == opened + 2 * count)
    }
    let before = arrivals().count { $0 == "R" }
    // The same without a body: never on a used connection.
    for path in ["/ok", "/die"] {
      let answer = try await client.send(OutboundRequest(method: "POST", url: base + path))
      #expect(answer.status == 200)
    }
    #expect(arrivals().count { $0 == "R" } == before + 2)
    // What may repeat does, and gets its answer.
    var repeatable = GuardedScenarios.post(base + "/ok")
    _ = try await client.send(repeatable)
    repeatable = GuardedScenarios.post(base + "/die")
    repeatable.mayRepeat = true
    #expect(try await client.send(repeatable).status == 200)
    #expect(arrivals().count { $0 == "R" } == before + 5)
  }
}
