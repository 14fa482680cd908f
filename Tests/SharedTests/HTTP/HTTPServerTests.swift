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
        #expect(answer.header("server") == nil)
        let date = try #require(answer.header("date"))
        #expect(try /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/.wholeMatch(in: date) != nil)
      }
      #expect(neighbour.seen.mostConnections == 1)
      #expect(neighbour.seen.finished.count == 3)
    }
  }

  @Test func `answers fifty pipelined requests in order`() async throws {
    let counter = Counter()
    try await HTTPNeighbour.run({ request in
      counter.enter()
      await Task.yield()
      defer { counter.leave() }
      return await Self.echo(request)
    }) { neighbour in
      let client = try neighbour.client()
      let requests = (1...50).map { number in
        number.isMultiple(of: 3)
          ? "POST /\(number) HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok"
          : "GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n"
      }
      try client.send(requests.joined())
      for number in 1...50 {
        let expected = number.isMultiple(of: 3) ? "POST /\(number) ok" : "GET /\(number) "
        #expect(try client.receiveAnswer().text == expected)
      }
    }
    #expect(counter.most == 1)
  }

  @Test func `answers pipelined requests of a client that has finished sending`() async throws {
    try await HTTPNeighbour.run(Self.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HT")
      client.finishSending()
      #expect(try client.receiveAnswer().text == "GET /1 ")
      #expect(try client.receiveAnswer().text == "GET /2 ")
      #expect(try client.receiveToEnd() == "")
    }
  }

  @Test func `reads bodies in both codings`() async throws {
    try await HTTPNeighbour.run(Self.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
      #expect(try client.receiveAnswer().text == "POST /a hello")
      try client.send("POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
      try client.send("lo\r\n1;ext=1\r\n!\r\n0\r\nSome: trailer\r\n\r\n")
      #expect(try client.receiveAnswer().text == "POST /b hello!")
    }
  }

  @Test func `gives a HEAD the headers of its GET without a body`() async throws {
    try await HTTPNeighbour.run({ _ in .text("twelve bytes") }) { neighbour in
      let client = try neighbour.client()
      try client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
      let head = try client.receiveAnswer(isHead: true)
      #expect(head.header("content-length") == "12")
      #expect(head.header("content-type") == "text/plain; charset=utf-8")
      #expect(try client.receiveAnswer().text == "twelve bytes")
    }
  }

  @Test(arguments: [204, 304])
  func `sends no body and no length where there is none`(status: Int) async throws {
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: status, body: .bytes([1, 2, 3])) }) { neighbour in
      let client = try neighbour.client()
      for _ in 1...2 {
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let answer = try client.receiveAnswer()
        #expect(answer.status == status)
        #expect(answer.header("content-length") == nil)
        #expect(answer.header("transfer-encoding") == nil)
      }
    }
  }

  @Test func `closes when either side asks for it`() async throws {
    try await HTTPNeighbour.run({ request in
      var response = HTTPResponse.text("x")
      if request.path == "/bye" { response.headers.set("connection", "close") }
      return response
    }) { neighbour in
      for request in [
        "GET /bye HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
      ] {
        let client = try neighbour.client()
        try client.send(request)
        let answer = try client.receiveAnswer()
        #expect(answer.header("connection") == "close")
        #expect(try client.receiveToEnd() == "")
      }
      let client = try neighbour.client()
      for _ in 1...2 {
        try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try client.receiveAnswer().header("connection") == "keep-alive")
      }
    }
  }

  @Test(arguments: [
    HTTPResponse(status: 200, headers: ["X": "a\r\nSet-Cookie: b"]), HTTPResponse(status: 200, headers: ["X\n": "a"]),
    HTTPResponse(status: 200, headers: ["X": "\0"]), HTTPResponse(status: 101), HTTPResponse(status: 1000),
  ])
  func `does not let a handler break the protocol`(response: HTTPResponse) async throws {
    try await HTTPNeighbour.run({ _ in response }) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      let answer = try client.receiveAnswer()
      #expect(answer.status == 500)
      #expect(!answer.head.lowercased().contains("set-cookie"))
      #expect(neighbour.seen.rejected == ["HTTP_BAD_RESPONSE"])
    }
  }

  @Test func `keeps the framing fields to itself`() async throws {
    let headers: HTTPHeaders = [
      "Content-Length": "99", "Transfer-Encoding": "gzip", "Date": "never", "Keep-Alive": "x", "Upgrade": "y", "X": "z",
    ]
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, headers: headers, body: .bytes([65])) }) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      let answer = try client.receiveAnswer()
      #expect(answer.text == "A")
      #expect(answer.head.lowercased().components("content-length").count == 2)
      for gone in ["transfer-encoding", "keep-alive", "upgrade"] { #expect(answer.header(gone) == nil) }
      #expect(answer.header("date") != "never")
      #expect(answer.header("x") == "z")
    }
  }

  @Test func `tells the observer method, route and status`() async throws {
    var routes = HTTPRoutes()
    routes.on("GET", "/v1/things/{id}") { _ in .text("x", status: 202) }
    let served = routes
    try await HTTPNeighbour.run({ await served.respond(to: $0) }) { neighbour in
      let client = try neighbour.client()
      try client.send("GET /v1/things/7 HTTP/1.1\r\nHost: h\r\n\r\nBREW /pot HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try client.receiveAnswer().status == 202)
      #expect(try client.receiveAnswer().status == 404)
      #expect(
        neighbour.seen.finished == [
          .init(method: "GET", route: "/v1/things/{id}", status: 202),
          .init(method: "OTHER", route: "none", status: 404),
        ])
    }
  }

  @Test func `knows who calls`() async throws {
    try await HTTPNeighbour.run({ .text("\($0.remote.host) \($0.head.authority)") }) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: example.org:1\r\n\r\n")
      #expect(try client.receiveAnswer().text == "127.0.0.1 example.org:1")
    }
  }

  /// How many handlers run at once.
  final class Counter: Sendable {
    private let state = Mutex((now: 0, most: 0))
    var most: Int { state.withLock { $0.most } }
    func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { state.withLock { $0.now -= 1 } }
  }
}

extension String {
  /// The pieces between `mark`.
  func components(_ mark: String) -> [Substring] { split(separator: mark, omittingEmptySubsequences: false) }
}
