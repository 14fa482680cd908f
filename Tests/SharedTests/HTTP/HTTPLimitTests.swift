import HTTP
import TestSupport
import Testing

@Suite struct HTTPLimitTests {
  private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

  @Test func `a connection beyond the limit waits for room`() async throws {
    var limits = HTTPLimits()
    limits.connections = 2
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let first = try neighbour.client()
      let second = try neighbour.client()
      for client in [first, second] {
        try client.send(Self.get)
        #expect(try client.receiveAnswer().status == 200)
      }
      let third = try neighbour.client()
      try third.send(Self.get)
      #expect(third.isSilent(for: .milliseconds(100)))
      #expect(neighbour.server.openConnections == 2)
      first.close()
      #expect(try third.receiveAnswer().status == 200)
      #expect(neighbour.seen.mostConnections == 2)
    }
  }

  @Test func `a crowded server lets idle connections go sooner`() async throws {
    var limits = HTTPLimits()
    limits.connections = 10
    limits.crowdedIdleTime = .milliseconds(30)
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let clients = try (1...9).map { _ in try neighbour.client() }
      #expect(await neighbour.eventually { $0.mostConnections == 9 })
      try clients[0].send(Self.get)
      #expect(try clients[0].receiveAnswer().status == 200)
      #expect(try clients[0].receiveToEnd() == "")
      // Eight are no crowd.
      try clients[1].send(Self.get)
      #expect(try clients[1].receiveAnswer().status == 200)
      #expect(clients[1].isSilent(for: .milliseconds(150)))
    }
  }

  @Test func `a connection ends in good order after its last request`() async throws {
    var limits = HTTPLimits()
    limits.requestsPerConnection = 3
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send(String(repeating: Self.get, count: 5))
      #expect(try client.receiveAnswer().header("connection") == nil)
      #expect(try client.receiveAnswer().header("connection") == nil)
      #expect(try client.receiveAnswer().header("connection") == "close")
      #expect(try client.receiveToEnd() == "")
    }
  }

  @Test func `following requests are kept up to a bound and all answered`() async throws {
    var limits = HTTPLimits()
    limits.pipelinedBytes = 1000
    let mayAnswer = Flag()
    let first = Flag()
    try await HTTPNeighbour.run(
      limits: limits,
      { request in
        first.set()
        while !mayAnswer.isSet { try? await Task.sleep(for: .milliseconds(1)) }
        return await HTTPServerTests.echo(request)
      }
    ) { neighbour in
      let client = try neighbour.client()
      let count = 2000
      for number in 1...count { try client.send("GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n") }
      #expect(await neighbour.eventually { _ in first.isSet })
      #expect(first.count == 1)
      mayAnswer.set()
      for number in 1...count { #expect(try client.receiveAnswer().text == "GET /\(number) ") }
    }
  }

  @Test func `a client that sends without end while it is answered is not buffered without end`() async throws {
    let mayAnswer = Flag()
    let first = Flag()
    try await HTTPNeighbour.run({ request in
      first.set()
      while !mayAnswer.isSet { try? await Task.sleep(for: .milliseconds(1)) }
      return await HTTPServerTests.echo(request)
    }) { neighbour in
      let client = try neighbour.client()
      let limit = 64 << 20
      // The kernel's two buffers take some megabytes.
      #expect(client.sendUntilStuck(Array(String(repeating: Self.get, count: 2000).utf8), limit: limit) < limit)
      #expect(first.count == 1)
      mayAnswer.set()
      #expect(try client.receiveAnswer().status == 200)
      client.reset()
    }
  }

  @Test func `bodies in flight have a bound over all clients and room comes back`() async throws {
    var limits = HTTPLimits()
    limits.bodyBytesInFlight = 1000
    limits.evictedBodySilence = .seconds(60)
    limits.bodySilence = .seconds(60)
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 800\r\n\r\n"
      let half = String(repeating: "x", count: 700)
      let first = try neighbour.client()
      try first.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 800\r\nExpect: 100-continue\r\n\r\n")
      _ = try first.receive(until: "\r\n\r\n")
      try first.send(half)
      // The second client shows when the first one's bytes have been counted.
      let deadline = ContinuousClock.now + .seconds(10)
      var refused: RawAnswer?
      while refused == nil, ContinuousClock.now < deadline {
        let second = try neighbour.client()
        try second.send(head + half + String(repeating: "x", count: 100))
        let answer = try second.receiveAnswer()
        if answer.status == 503 { refused = answer }
      }
      #expect(refused?.text.contains("HTTP_BODIES_IN_FLIGHT") == true)
      try first.send(String(repeating: "x", count: 100))
      #expect(try first.receiveAnswer().status == 200)
      let third = try neighbour.client()
      try third.send(head + half + String(repeating: "x", count: 100))
      #expect(try third.receiveAnswer().status == 200)
    }
  }

  @Test func `silent bodies make room for one that comes, the longest silent first`() async throws {
    var limits = HTTPLimits()
    limits.bodyBytesInFlight = 1000
    limits.evictedBodySilence = .milliseconds(1)
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let half = String(repeating: "x", count: 400)
      func begin() throws -> RawSocket {
        let client = try neighbour.client()
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 800\r\nExpect: 100-continue\r\n\r\n")
        _ = try client.receive(until: "\r\n\r\n")
        return client
      }
      let first = try begin()
      try first.send(half)
      #expect(first.isSilent(for: .milliseconds(20)))
      let second = try begin()
      try second.send(half)
      #expect(second.isSilent(for: .milliseconds(20)))
      // Room for 200 more: of the two that wait, the first has to go.
      let third = try neighbour.client()
      try third.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 400\r\n\r\n" + half)
      #expect(try third.receiveAnswer().status == 200)
      let refused = try first.receiveAnswer()
      #expect(refused.status == 503)
      #expect(refused.text.contains("HTTP_BODIES_IN_FLIGHT"))
      try second.send(half)
      #expect(try second.receiveAnswer().status == 200)
      #expect(neighbour.seen.rejected == ["HTTP_BODIES_IN_FLIGHT"])
    }
  }

  @Test func `a reader of many small answers that never reads is not buffered without end`() async throws {
    var limits = HTTPLimits()
    limits.writeTime = .milliseconds(100)
    let bytes = [UInt8](repeating: 65, count: 60_000)
    let handled = Flag()
    try await HTTPNeighbour.run(
      limits: limits,
      { _ in
        handled.set()
        return HTTPResponse(status: 200, body: .bytes(bytes))
      }
    ) { neighbour in
      let client = try neighbour.client(receiveBuffer: 8 << 10)
      let count = 1000
      try client.send(String(repeating: Self.get, count: count))
      #expect(await neighbour.eventually { $0.rejected == ["HTTP_SLOW_READER"] })
      #expect(handled.count < count)
    }
  }

  @Test func `hundreds of dripping clients do not hold up another`() async throws {
    var limits = HTTPLimits()
    limits.headTime = .seconds(60)
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let drips = try (1...400).map { _ in try neighbour.client() }
      for byte in Self.get.utf8.prefix(10) {
        for client in drips { try client.send([byte]) }
      }
      let quick = try neighbour.client()
      try quick.send(Self.get)
      #expect(try quick.receiveAnswer().status == 200)
      for client in drips { try client.send(String(Self.get.dropFirst(10))) }
      for client in drips { #expect(try client.receiveAnswer().status == 200) }
    }
  }
}
