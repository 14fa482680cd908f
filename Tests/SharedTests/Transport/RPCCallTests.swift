import Testing
import TestSupport
import Transport
import Wire

@Suite struct RPCCallTests {
  @Test(.timeLimit(.minutes(1)))
  func `a typed call reaches its handler and brings the typed reply`() async throws {
    try await LoopbackService.run(register: { $0.on { (call: TestAPI.Echo, _) in call } }) { service in
      let reply = try await service.peer.call(TestAPI.Echo(text: "grüße \u{1F600}", number: 7))
      #expect(reply == TestAPI.Echo(text: "grüße \u{1F600}", number: 7))
    }
  }
}
