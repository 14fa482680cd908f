import Crypto
import GraphAPI
import Outbound
import Testing

@Suite struct GraphClientTests {
  @Test(arguments: [
    ("slow down", "7", Int64(7_000)), ("{\"error\":{\"code\":4,\"message\":\"m\"}}", "7", 7_000),
    ("slow down", "999999", 86_400_000), ("slow down", "soon", nil), ("slow down", "-1", 0),
  ])
  func `an answer says when to come back, with Meta's error object or without`(
    body: String, header: String, milliseconds: Int64?
  ) async throws {
    let server = try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write(
        "HTTP/1.1 429 Too Many\r\nRetry-After: \(header)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
    defer { server.stop() }
    let http = HTTPClient(
      HTTPClientConfiguration(perHostConcurrency: 1, totalConcurrency: 1, queueLimit: 1, allowPlainHTTP: true))
    defer { http.close() }
    let client = GraphClient(
      http: http,
      settings: GraphSettings(baseURL: "http://127.0.0.1:\(server.port)", version: "v26.0", limits: OutboundLimits()))
    do throws(GraphFailure) {
      try await client.subscribeApp(wabaID: "1", token: Secret("t"))
      Issue.record("it succeeded")
    } catch {
      guard case .answered(let answer) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(answer.httpStatus == 429)
      #expect(answer.retryAfterMilliseconds == milliseconds)
    }
  }
}
