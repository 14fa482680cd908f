import Transport
import Telemetry
import JSON
import Crypto
import Foundation
import Testing
import TestSupport
import Wire

/// A client in another language, written from the specification alone.
@Suite(.timeLimit(.minutes(1))) struct PythonClientTests {
  static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Wire/wsrpc.py").path

  /// Runs the client with the Python that `scripts/test` installs: without one the tests fail, they are not passed over.
  static func python(_ arguments: [String]) async throws -> (status: Int32, output: String, error: String) {
    let python = try #require(
      ["/usr/bin/python3", "/usr/local/bin/python3"].first(where: FileManager.default.isExecutableFile))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script] + arguments
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    let ended = AsyncBox<Int32>()
    process.terminationHandler = { ended.put($0.terminationStatus) }
    try process.run()
    let status = try await ended.next(within: .seconds(30), "the Python client")
    func text(_ pipe: Pipe) -> String { String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }
    return (status, text(output), text(error))
  }

  /// A service that knows `operator`, and the arguments that lead there.
  static func run(_ body: (LoopbackService, [String]) async throws -> Void) async throws {
    let directory = try TemporaryDirectory()
    let key = Secret(RandomBytes.make(32))
    let path = directory.file("operator.keys")
    try PairKeys.makeLine(peer: .receipts, keyID: "tool-1", key: key).write(
      toFile: path, atomically: true, encoding: .utf8)
    let keys = try PairKeys(parsing: PairKeys.makeLine(peer: .operator, keyID: "tool-1", key: key))
    try await LoopbackService.run(
      caller: .operator, keys: keys,
      register: { router in
        router.on { (call: TestAPI.Echo, _) in call }
        router.on { (call: TestAPI.Who, context) in try await RPCCallTests.who(call, context) }
      }
    ) { service in
      try await body(service, ["--port", "\(service.server.address.port)", "--keys", path, "--to", "receipts"])
    }
  }

  @Test func `the worked example of the specification is right`() async throws {
    let result = try await Self.python(["--vector"])
    #expect(result.status == 0, "\(result.error)")
  }

  @Test func `a plain Python client shakes hands, calls, pipelines and pings`() async throws {
    try await Self.run { _, arguments in
      let echo = try await Self.python(arguments + ["call", "test.echo", #"{"text":"grüße","number":3}"#])
      #expect(echo.output == "{\"number\": 3, \"text\": \"gr\\u00fc\\u00dfe\"}\n", "\(echo.error)")
      let many = try await Self.python(arguments + ["pipeline", "test.echo", #"{"text":"a","number":1}"#, "200"])
      #expect(many.output.hasPrefix("200 "), "\(many.error)")
      #expect(try await Self.python(arguments + ["ping"]).output == "pong\n")
      let health = try await Self.python(arguments + ["call", "health.check", "{}"])
      #expect(health.output == "{\"service\": \"receipts\", \"status\": \"serving\"}\n")
      let described = try await Self.python(arguments + ["call", "rpc.describe", "{}"])
      #expect(described.output.contains("\"name\": \"test.echo\""))
    }
  }

  @Test func `a plain Python client gets errors as the specification says`() async throws {
    try await Self.run { _, arguments in
      let unknown = try await Self.python(arguments + ["call", "no.such.method", "{}"])
      #expect(unknown.status == 3)
      #expect(unknown.output.contains(#""code": "unimplemented""#))
      let params = try await Self.python(arguments + ["call", "test.echo", #"{"number":"x"}"#])
      #expect(params.output.contains(#""reason": "BAD_PARAMS""#))
      let stranger = try await Self.python(arguments + ["--as", "verifier", "call", "health.check", "{}"])
      #expect(stranger.status == 4)
      #expect(stranger.error.contains("AUTHENTICATION_FAILED"))
    }
  }
}
