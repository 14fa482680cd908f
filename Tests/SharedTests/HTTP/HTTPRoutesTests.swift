import HTTP
import Testing
import Transport

@Suite struct HTTPRoutesTests {
  private static func routes() -> HTTPRoutes {
    var routes = HTTPRoutes()
    for (method, pattern) in [
      ("GET", "/"), ("GET", "/v1/senders"), ("POST", "/v1/senders"), ("GET", "/v1/senders/{id}"),
      ("PATCH", "/v1/senders/{id}"), ("GET", "/v1/senders/search"), ("POST", "/v1/senders/{id}/templates/{name}"),
      ("GET", "/v1/senders/search/recent"), ("GET", "/console/{file...}"),
    ] {
      routes.on(method, pattern) { request in
        let values = request.pathParameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .text(([method, pattern] + values).joined(separator: " "))
      }
    }
    return routes
  }

  private func answer(_ method: String, _ path: String) async throws -> HTTPResponse {
    let remote = try SocketAddress(host: "127.0.0.1", port: 1)
    return try await Self.routes().respond(to: HTTPRequest(method: method, target: path, remote: remote))
  }

  private func text(_ response: HTTPResponse) -> String {
    guard case .bytes(let bytes) = response.body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("GET", "/", "GET /"), ("GET", "/?a=b", "GET /"), ("GET", "/v1/senders", "GET /v1/senders"),
    ("POST", "/v1/senders", "POST /v1/senders"), ("GET", "/v1/senders/snd_1", "GET /v1/senders/{id} id=snd_1"),
    ("GET", "/v1/senders/search", "GET /v1/senders/search"),
    ("PATCH", "/v1/senders/search", "PATCH /v1/senders/{id} id=search"),
    ("GET", "/v1/senders/search/recent", "GET /v1/senders/search/recent"),
    ("POST", "/v1/senders/search/templates/x", "POST /v1/senders/{id}/templates/{name} id=search name=x"),
    ("GET", "/v1/senders/a%2Fb%20c+%C3%A4", "GET /v1/senders/{id} id=a/b c+ä"),
    ("GET", "/%76%31/senders", "GET /v1/senders"), ("HEAD", "/v1/senders/x", "GET /v1/senders/{id} id=x"),
    ("GET", "/console/a/b.js", "GET /console/{file...} file=a/b.js"),
  ])
  func `finds the handler`(method: String, path: String, expected: String) async throws {
    let response = try await answer(method, path)
    #expect(text(response) == expected)
    #expect(expected.contains(response.routeLabel ?? "-"))
  }

  @Test(arguments: [
    "/v1", "/v1/senders/", "//v1/senders", "/v1/senders//templates/x", "/v1/senders/../senders", "/v1/senders/%2e%2e",
    "/v1/senders/.", "/V1/senders", "/console/../secret", "/console/a%2f..%2f..%2fsecret", "/v1/senders/a/b",
  ])
  func `does not find what is not there`(path: String) async throws {
    let response = try await answer("GET", path)
    #expect(response.status == 404)
    #expect(response.routeLabel == nil)
  }

  @Test func `says which methods a path answers to`() async throws {
    let response = try await answer("DELETE", "/v1/senders/x")
    #expect(response.status == 405)
    #expect(response.headers["allow"] == "GET, HEAD, PATCH")
    #expect(try await answer("GET", "/v1/senders/x/templates/y").headers["allow"] == "POST")
    #expect(try await answer("POST", "/console/x").status == 405)
  }

  @Test(arguments: [
    "/v1/senders/%", "/v1/senders/%2", "/v1/senders/%zz", "/v1/senders/%00", "/v1/senders/%ff", "/%c0%af",
  ])
  func `refuses a broken encoding`(path: String) async throws {
    let response = try await answer("GET", path)
    #expect(response.status == 400)
    #expect(text(response).contains("HTTP_BAD_PATH"))
  }

  @Test func `lists what it serves`() {
    #expect(Self.routes().all.count == 9)
  }

  @Test func `reads a query`() throws {
    let remote = try SocketAddress(host: "127.0.0.1", port: 1)
    func items(_ query: String) throws -> [String]? {
      try HTTPRequest(method: "GET", target: "/?\(query)", remote: remote).queryItems()?.map {
        "\($0.name)|\($0.value)"
      }
    }
    #expect(try items("a=1&b=x+y%20z&a=2&c&d=&=e&f=g=h") == ["a|1", "b|x y z", "a|2", "c|", "d|", "|e", "f|g=h"])
    #expect(try items("") == [])
    #expect(try items("&&") == [])
    #expect(try items("a=%C3%A4%26") == ["a|ä&"])
    for bad in ["a=%", "a=%4", "a=%gg", "a=%ff", "%00=b", "a=%C3"] { #expect(try items(bad) == nil, "\(bad)") }
  }
}
