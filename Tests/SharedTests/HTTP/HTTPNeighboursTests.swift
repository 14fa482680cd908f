import Foundation
import HTTP
import TestSupport
import Testing

/// Other people's clients: what the raw sockets of the other tests cannot be, independent.
@Suite struct HTTPNeighboursTests {
  private static func tool(_ name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  private static func run(_ path: String, _ arguments: [String]) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  @Sendable private static func handler(_ request: HTTPRequest) async -> HTTPResponse {
    switch request.path {
    case "/stream":
      let pieces = Flag()
      return HTTPResponse(
        status: 200,
        body: .stream(
          HTTPBodyStream {
            pieces.set()
            return pieces.count <= 3 ? Array("piece\(pieces.count);".utf8) : nil
          }))
    case "/size": return .text("\(request.body.count)")
    default: return await HTTPServerTests.echo(request)
    }
  }

  @Test(.enabled(if: tool("curl") != nil), .timeLimit(.minutes(1)))
  func `curl is served`() async throws {
    let curl = try #require(Self.tool("curl"))
    try await HTTPNeighbour.run(bodyLimit: { _ in 4 << 20 }, Self.handler) { neighbour in
      let base = "http://127.0.0.1:\(neighbour.port)"
      let common = ["-sS", "--noproxy", "*", "--max-time", "20"]
      #expect(try await Self.run(curl, common + ["\(base)/a?b=c", "\(base)/d"]) == "GET /a?b=c GET /d ")
      #expect(try await Self.run(curl, common + ["-d", "x=1", "\(base)/p"]) == "POST /p x=1")
      #expect(
        try await Self.run(curl, common + ["-H", "Transfer-Encoding: chunked", "-d", "x=1", "\(base)/c"])
          == "POST /c x=1")
      #expect(try await Self.run(curl, common + ["\(base)/stream"]) == "piece1;piece2;piece3;")
      #expect(try await Self.run(curl, common + ["-0", "\(base)/stream"]) == "piece1;piece2;piece3;")
      let head = try await Self.run(curl, common + ["-I", "\(base)/h"])
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
      // Over a megabyte curl asks "100-continue" by itself.
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("http-\(neighbour.port).bin")
      try Data(count: 3 << 20).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      #expect(try await Self.run(curl, common + ["--data-binary", "@\(file.path)", "\(base)/size"]) == "\(3 << 20)")
    }
  }

  @Test(.enabled(if: tool("python3") != nil), .timeLimit(.minutes(1)))
  func `Python is served`() async throws {
    let python = try #require(Self.tool("python3"))
    let script = """
      import http.client, sys
      c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
      def call(method, path, body=None, **more):
          c.request(method, path, body=body, **more)
          r = c.getresponse()
          return "%d:%s" % (r.status, r.read().decode())
      print(call("GET", "/a"))
      print(call("POST", "/b", b"hello"))
      print(call("POST", "/c", iter([b"in ", b"pieces"]), encode_chunked=True))
      print(call("HEAD", "/d"))
      print(call("GET", "/stream"))
      print(call("PUT", "/size", b"x" * 100000))
      """
    try await HTTPNeighbour.run(Self.handler) { neighbour in
      let output = try await Self.run(python, ["-c", script, "\(neighbour.port)"])
      #expect(
        output.split(separator: "\n").map(String.init) == [
          "200:GET /a ", "200:POST /b hello", "200:POST /c in pieces", "200:", "200:piece1;piece2;piece3;",
          "200:100000",
        ])
      // One connection for all of it.
      #expect(neighbour.seen.mostConnections == 1)
    }
  }
}
