import HTTP
import Synchronization
import TestSupport
import Testing

/// Requests whose handlers read the body while it comes.
@Suite struct HTTPRequestBodyTests {
  /// Adds up what comes, and says where it is.
  private static func count(
    _ request: HTTPRequest, seen: AsyncBox<Int>? = nil, holding latch: Latch? = nil
  ) async -> HTTPResponse {
    var total = 0
    do {
      while let piece = try await request.incoming?.next() {
        total += piece.count
        seen?.put(total)
        try await latch?.wait(within: .seconds(20), "the test")
      }
    } catch {
      seen?.put(-1)
      return .text("cut", status: 400)
    }
    return .text("\(total)")
  }

  private func run(
    limits: HTTPLimits = HTTPLimits(), bodyLimit: Int = 64 << 20, _ handler: @escaping HTTPServer.Handler,
    _ body: (HTTPNeighbour) async throws -> Void
  ) async throws {
    try await HTTPNeighbour.run(
      limits: limits, bodyLimit: { _ in bodyLimit }, streams: { $0.path == "/stream" }, handler, body)
  }

  private func put(length: Int, path: String = "/stream") -> String {
    "PUT \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n\r\n"
  }

  @Test func `a handler has the first bytes before the last ones are sent, and the connection lives on`() async throws {
    let seen = AsyncBox<Int>()
    try await run({ await Self.count($0, seen: seen) }) { neighbour in
      let client = try neighbour.client()
      for _ in 1...2 {
        try client.send(put(length: 10) + "1234")
        #expect(try await seen.next("the first bytes") == 4)
        try client.send("567890")
        #expect(try client.receiveAnswer().text == "10")
        #expect(try await seen.next("the last bytes") == 10)
      }
      // Another request of the same connection that is not streamed.
      try client.send(put(length: 3, path: "/whole") + "abc")
      #expect(try client.receiveAnswer().text == "0")
    }
  }

  @Test func `the bytes are the same however they are cut, chunked or not, with the next request behind them`()
    async throws
  {
    let body = String(repeating: "0123456789", count: 20)
    let chunked =
      "PUT /stream HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n"
      + String(body.prefix(100)) + "\r\n64\r\n" + String(body.suffix(100)) + "\r\n0\r\n\r\n"
    let plain = put(length: 200) + body
    try await run({ request in
      var all: [UInt8] = []
      do { while let piece = try await request.incoming?.next() { all += piece } } catch { return .text("cut") }
      return .text(String(decoding: all, as: UTF8.self))
    }) { neighbour in
      for whole in [plain + plain, chunked + plain] {
        let bytes = Array(whole.utf8)
        for place in stride(from: 1, to: bytes.count, by: 7) {
          let client = try neighbour.client()
          try client.send(Array(bytes[..<place]))
          try client.send(Array(bytes[place...]))
          #expect(try client.receiveAnswer().text == body)
          #expect(try client.receiveAnswer().text == body)
        }
      }
    }
  }

  @Test func `a client is held up while its handler does not read`() async throws {
    let latch = Latch()
    try await run({ await Self.count($0, holding: latch) }) { neighbour in
      let client = try neighbour.client()
      let all = 24 << 20
      try client.send(put(length: all))
      let sent = client.sendUntilStuck([UInt8](repeating: 1, count: 64 << 10), limit: all)
      // What the kernel's buffers hold, and a little here.
      #expect(sent < 16 << 20)
      latch.open()
      try client.send([UInt8](repeating: 1, count: all - sent))
      #expect(try client.receiveAnswer(timeout: .seconds(30)).text == "\(all)")
    }
  }

  @Test func `a handler that has seen enough answers at once, and the client gets to read it`() async throws {
    try await run({ request in
      _ = try? await request.incoming?.next()
      return .text("enough", status: 413)
    }) { neighbour in
      let client = try neighbour.client()
      try client.send(put(length: 8 << 20) + "1")
      for _ in 0..<64 { try client.send([UInt8](repeating: 1, count: 64 << 10)) }
      let answer = try client.receiveAnswer()
      #expect(answer.status == 413)
      #expect(answer.text == "enough")
      #expect(answer.header("connection") == "close")
    }
  }

  @Test func `a client that goes in the middle cuts the body for its handler`() async throws {
    let seen = AsyncBox<Int>()
    try await run({ await Self.count($0, seen: seen) }) { neighbour in
      for isAbrupt in [true, false] {
        let client = try neighbour.client()
        try client.send(put(length: 100) + "12")
        #expect(try await seen.next("the first bytes") == 2)
        isAbrupt ? client.reset() : client.finishSending()
        #expect(try await seen.next("the cut") == -1)
      }
    }
  }

  @Test func `a client that falls silent is refused, and its handler told`() async throws {
    var limits = HTTPLimits()
    limits.bodySilence = .milliseconds(50)
    let seen = AsyncBox<Int>()
    try await run(limits: limits, { await Self.count($0, seen: seen) }) { neighbour in
      let client = try neighbour.client()
      try client.send(put(length: 100) + "12")
      #expect(try client.receiveAnswer().status == 408)
      #expect(try await seen.next("the first bytes") == 2)
      #expect(try await seen.next("the cut") == -1)
    }
  }

  @Test
  func `a body beyond its limit is refused by its length before a handler begins, or in chunks when it gets there`()
    async throws
  {
    let seen = AsyncBox<Int>()
    try await run(bodyLimit: 10, { await Self.count($0, seen: seen) }) { neighbour in
      let client = try neighbour.client()
      try client.send(put(length: 11))
      #expect(try client.receiveAnswer().status == 413)
      let second = try neighbour.client()
      try second.send("PUT /stream HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n")
      #expect(try await seen.next("the first chunk") == 8)
      try second.send("8\r\n12345678\r\n")
      #expect(try second.receiveAnswer().status == 413)
      #expect(try await seen.next("the cut") == -1)
    }
  }

  @Test func `no body is an empty one`() async throws {
    try await run({ await Self.count($0) }) { neighbour in
      let client = try neighbour.client()
      try client.send("PUT /stream HTTP/1.1\r\nHost: h\r\n\r\n" + put(length: 0))
      #expect(try client.receiveAnswer().text == "0")
      #expect(try client.receiveAnswer().text == "0")
    }
  }

  @Test func `who asks first is told to go on`() async throws {
    try await run({ await Self.count($0) }) { neighbour in
      let client = try neighbour.client()
      try client.send("PUT /stream HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
      #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try client.send("ab")
      #expect(try client.receiveAnswer().text == "2")
    }
  }
}
