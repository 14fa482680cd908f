import HTTP
import Synchronization
import TestSupport
import Testing
import Transport

@Suite struct HTTPServerTests {
  @Sendable static func echo(_ request: HTTPRequest) async -> HTTPResponse {
    .text("\(request.method) \(request.head.target) \(String(decoding: request.body, as: UTF8.self))")
  }

  @Test func `answers a request and keeps the connection`() async throws {
    try await HTTPNeighbour.run(Self.echo) { neighbour in
      let client = try neighbour.client()
      for number in 1...3 {
        try client.send("GET /thing?n=\(number) HTTP/1.1\r\nHost: h\r\n\r\n")
        let answer = try client.receiveAnswer()
        #expect(answer.status == 200)
        #expect(answer.text == "GET /thing?n=\(number) ")
        #expect(answer.header("connection") == nil)
        #expect(answer.header("date") != nil)
        #expect(answer.header("server") == nil)
      }
      #expect(neighbour.seen.mostConnections == 1)
    }
  }
}
