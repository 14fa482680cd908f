import HTTP
import TestSupport
import Testing

@Suite struct HTTPContinueTests {
  private static let head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"

  @Test func `invites a body that is small enough`() async throws {
    try await HTTPNeighbour.run(bodyLimit: { _ in 5 }, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      for body in ["Content-Length: 5\r\n\r\n|hello", "Transfer-Encoding: chunked\r\n\r\n|5\r\nhello\r\n0\r\n\r\n"] {
        let parts = body.components("|")
        try client.send(Self.head + parts[0])
        #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send(String(parts[1]))
        #expect(try client.receiveAnswer().text == "POST / hello")
      }
    }
  }

  @Test func `refuses a body that is too large before it is sent`() async throws {
    try await HTTPNeighbour.run(bodyLimit: { _ in 5 }, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.head + "Content-Length: 6\r\n\r\n")
      #expect(try client.receiveAnswer().status == 413)
      #expect(try client.receiveToEnd() == "")
    }
  }

  @Test func `asks for the body limit of each request`() async throws {
    try await HTTPNeighbour.run(bodyLimit: { $0.path == "/big" ? 100 : 1 }, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok")
      #expect(try client.receiveAnswer().status == 200)
      try client.send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok")
      #expect(try client.receiveAnswer().status == 413)
    }
  }

  @Test func `does not invite a body that has begun to come`() async throws {
    try await HTTPNeighbour.run(HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.head + "Content-Length: 2\r\n\r\nok")
      #expect(try client.receiveAnswer().status == 200)
    }
  }

  @Test func `invites after the answers of earlier requests`() async throws {
    try await HTTPNeighbour.run(HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" + Self.head + "Content-Length: 2\r\n\r\n")
      #expect(try client.receiveAnswer().text == "GET /1 ")
      #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try client.send("ok")
      #expect(try client.receiveAnswer().text == "POST / ok")
    }
  }

  @Test func `a refused large body does not destroy the answer`() async throws {
    try await HTTPNeighbour.run(bodyLimit: { _ in 5 }, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
      // More than the kernel keeps unread: a plain close would answer this with a reset.
      try client.send([UInt8](repeating: 65, count: 1_000_000))
      #expect(try client.receiveAnswer().status == 413)
      #expect(try client.receiveToEnd() == "")
    }
  }
}
