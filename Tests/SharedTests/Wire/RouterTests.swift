import TestSupport
import Transport
import Telemetry
import JSON
import Testing
import Wire

@Suite struct RouterTests {
  struct Odd: Error {}
  struct Known: CallFailureConvertible {
    var callFailure: CallFailure { .notFound("SENDER_UNKNOWN", "no such sender") }
  }

  static let context = CallContext(caller: .senderRegistry)

  static func router<Failure: Error>(throwing error: Failure) -> Router {
    var router = Router()
    router.on { (_: TestAPI.Echo, _) -> TestAPI.Echo in throw error }
    return router
  }

  static func params(_ text: String) throws -> JSONNode { try JSONDocument(parsing: text).root }

  static func failure(_ router: Router, _ params: String = #"{"text":"a","number":1}"#) async throws -> CallFailure? {
    switch await router.call(method: "test.echo", params: try self.params(params), context: context) {
    case .success: nil
    case .failure(let failure): failure
    }
  }

  @Test func `names the methods that nobody answers`() {
    var router = Router()
    router.on { (call: TestAPI.Echo, _) in call }
    #expect(router.unhandled([TestAPI.Who.self, TestAPI.Echo.self, TestAPI.Fail.self]) == ["test.fail", "test.who"])
    #expect(router.unhandled([TestAPI.Echo.self]).isEmpty)
  }

  @Test func `decodes, handles and encodes`() async throws {
    var router = Router()
    router.on { (call: TestAPI.Echo, context) in
      TestAPI.Echo(text: call.text + context.caller.rawValue, number: call.number + 1)
    }
    let params = try Self.params(#"{"number":1,"text":"by ","unknown":[]}"#)
    let reply = await router.call(method: "test.echo", params: params, context: Self.context)
    #expect(try reply.get() == Array(#"{"text":"by sender-registry","number":2}"#.utf8))
  }

  @Test func `a handler can be a method of a struct`() async throws {
    struct Greeter: Sendable {
      let word: String
      func echo(_ call: TestAPI.Echo, _ context: CallContext) async throws -> TestAPI.Echo {
        TestAPI.Echo(text: word + call.text)
      }
    }
    var router = Router()
    let greeter = Greeter(word: "hello ")
    router.on(greeter.echo)
    #expect(try await router.callLocally(TestAPI.Echo(text: "you"), Self.context).text == "hello you")
  }

  @Test func `a local call to a method nobody answers is unimplemented`() async {
    await #expect { try await Router().callLocally(TestAPI.Echo(text: ""), Self.context) } throws: { error in
      (error as? CallFailure)?.code == .unimplemented
    }
  }

  @Test func `params that do not fit name the field and have not begun`() async throws {
    var router = Router()
    router.on { (call: TestAPI.Echo, _) in call }
    let failure = try #require(try await Self.failure(router, #"{"text":7}"#))
    #expect(failure.code == .invalidArgument)
    #expect(failure.reason == "BAD_PARAMS")
    #expect(failure.details?["field"] == "text")
    #expect(failure.started == false)
    #expect(try await Self.failure(router, "{}")?.details?["field"] == "text")
  }

  @Test func `an error with words of its own keeps them, any other shows nothing of the inside`() async throws {
    let known = try await Self.failure(Self.router(throwing: Known()))
    #expect(known?.reason == "SENDER_UNKNOWN")
    let odd = try await Self.failure(Self.router(throwing: Odd()))
    #expect(odd?.code == .internal)
    #expect(odd?.message == "internal error")
    let cancelled = try await Self.failure(Self.router(throwing: CancellationError()))
    #expect(cancelled?.code == .cancelled)
  }

  @Test func `a failure from further down no longer claims that nothing began`() async throws {
    let below = CallFailure.unavailable("DRAINING", "stopping", started: false)
    #expect(try await Self.failure(Self.router(throwing: below))?.started == true)
  }

  @Test func `every service describes itself and answers for its health`() async throws {
    var router = Router()
    router.on { (call: TestAPI.Echo, _) in call }
    router = router.withBuiltIns(of: .receipts)
    let health = try await router.callLocally(HealthCheck(), Self.context)
    #expect(health == HealthCheck.Reply(status: "serving", service: .receipts))
    let described = try await router.callLocally(Describe(prefix: "test."), Self.context)
    let method = try #require(described.methods.first)
    #expect(described.methods.count == 1)
    #expect(method.name == "test.echo")
    #expect(method.isIdempotent)
    #expect(method.deadlineMs == 5_000)
    #expect(method.callers == [.operator, .senderRegistry])
    #expect(method.params["properties"]?["text"]?["type"] == "string")
    #expect(method.result["properties"]?["number"]?["type"] == "integer")
    #expect(try await router.callLocally(Describe(), Self.context).methods.map(\.name).contains("health.check"))
  }

  @Test func `an allowed caller is admitted and no other`() {
    var router = Router()
    router.on { (call: TestAPI.Echo, _) in call }
    let method = router.methods["test.echo"]
    #expect(method?.admits(.operator) == true)
    #expect(method?.admits(.verifier) == false)
    #expect(router.withBuiltIns(of: .receipts).methods["health.check"]?.admits(.verifier) == true)
  }

  @Test(arguments: ["a", "receipts", "sender-registry", "x1", String(repeating: "a", count: 32)])
  func `takes names of services`(name: String) { #expect(ServiceName(name).isValid) }

  @Test(arguments: ["", "*", "A", "1a", "-a", "a b", "é", "a.b", String(repeating: "a", count: 33)])
  func `refuses what is no name of a service`(name: String) { #expect(!ServiceName(name).isValid) }

  @Test func `a route knows its parameters and roles their order`() {
    let route = Route(.get, "/v1/senders/{id}/messages/{message_id}", role: .viewer)
    #expect(route.parameters == ["id", "message_id"])
    #expect(Role.viewer < .operator)
    #expect(Role.operator < .admin)
    #expect(!(Role.admin < .admin))
  }
}
