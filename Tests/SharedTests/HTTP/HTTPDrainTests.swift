import HTTP
import TestSupport
import Testing
import Transport

@Suite struct HTTPDrainTests {
  @Test func `finishes what runs, ends what is idle, accepts no more`() async throws {
    let started = Flag()
    let mayEnd = Flag()
    let neighbour = try await HTTPNeighbour { _ in
      started.set()
      while !mayEnd.isSet { try? await Task.sleep(for: .milliseconds(1)) }
      return .text("done")
    }
    let idle = try neighbour.client()
    let busy = try neighbour.client()
    try busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /more HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(await neighbour.eventually { _ in started.isSet && neighbour.server.openConnections == 2 })
    async let drained: Void = neighbour.server.drain(within: .seconds(20))
    #expect(await neighbour.eventually { _ in (try? neighbour.client()) == nil })
    #expect(try idle.receiveToEnd() == "")
    mayEnd.set()
    let answer = try busy.receiveAnswer()
    #expect(answer.text == "done")
    #expect(answer.header("connection") == "close")
    #expect(try busy.receiveToEnd() == "")
    busy.close()
    await drained
    #expect(neighbour.server.openConnections == 0)
    #expect(started.count == 1)
    neighbour.loop.stop()
  }

  @Test func `reads a request that has begun and answers it`() async throws {
    let neighbour = try await HTTPNeighbour(HTTPServerTests.echo)
    let client = try neighbour.client()
    try client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    _ = try client.receive(until: "\r\n\r\n")
    async let drained: Void = neighbour.server.drain(within: .seconds(20))
    #expect(await neighbour.eventually { _ in (try? neighbour.client()) == nil })
    try client.send("hello")
    #expect(try client.receiveAnswer().text == "POST /x hello")
    client.close()
    await drained
    neighbour.loop.stop()
  }

  @Test func `ends a connection whose answer promised to keep it`() async throws {
    let mayEnd = Flag()
    let asked = Flag()
    let neighbour = try await HTTPNeighbour { _ in
      HTTPResponse(
        status: 200,
        body: .stream(
          HTTPBodyStream {
            asked.set()
            if asked.count == 1 { return Array("first,".utf8) }
            while !mayEnd.isSet { try await Task.sleep(for: .milliseconds(1)) }
            return asked.count == 2 ? Array("last".utf8) : nil
          }))
    }
    let client = try neighbour.client()
    try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(await neighbour.eventually { _ in asked.isSet })
    async let drained: Void = neighbour.server.drain(within: .seconds(20))
    #expect(await neighbour.eventually { _ in (try? neighbour.client()) == nil })
    mayEnd.set()
    #expect(try client.receiveAnswer().text == "first,last")
    #expect(try client.receiveToEnd() == "")
    client.close()
    await drained
    neighbour.loop.stop()
  }

  @Test func `waits for a handler whose client has gone`() async throws {
    let started = Flag()
    let mayEnd = Flag()
    let ended = Flag()
    let neighbour = try await HTTPNeighbour { _ in
      started.set()
      while !mayEnd.isSet { await Task.yield() }
      ended.set()
      return .text("nobody reads this")
    }
    let client = try neighbour.client()
    try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(await neighbour.eventually { _ in started.isSet })
    client.reset()
    #expect(await neighbour.eventually { _ in neighbour.server.openConnections == 0 })
    #expect(neighbour.server.runningHandlers == 1)
    async let endedInTime = {
      await neighbour.server.drain(within: .seconds(20))
      return ended.isSet
    }()
    #expect(await neighbour.eventually { _ in (try? neighbour.client()) == nil })
    mayEnd.set()
    #expect(await endedInTime)
    #expect(neighbour.server.runningHandlers == 0)
    neighbour.loop.stop()
  }

  @Test func `does not wait for idle clients that do not close`() async throws {
    let neighbour = try await HTTPNeighbour(HTTPServerTests.echo)
    let client = try neighbour.client()
    try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(try client.receiveAnswer().status == 200)
    let start = ContinuousClock.now
    await neighbour.server.drain(within: .seconds(60))
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(neighbour.seen.rejected.isEmpty)
    #expect(try client.receiveToEnd() == "")
    neighbour.loop.stop()
  }

  @Test func `cuts what is left at the limit`() async throws {
    let cancelled = Flag()
    let neighbour = try await HTTPNeighbour { _ in
      try? await Task.sleep(for: .seconds(120))
      if Task.isCancelled { cancelled.set() }
      return .text("late")
    }
    let client = try neighbour.client()
    try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(await neighbour.eventually { _ in neighbour.server.openConnections == 1 })
    let start = ContinuousClock.now
    await neighbour.server.drain(within: .milliseconds(50))
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(neighbour.server.openConnections == 0)
    #expect(neighbour.seen.rejected == ["DRAIN_LIMIT"])
    #expect(await neighbour.eventually { _ in cancelled.isSet })
    #expect(try client.receiveToEnd() == "")
    neighbour.loop.stop()
  }

  @Test func `may be asked twice, and with nothing open`() async throws {
    let neighbour = try await HTTPNeighbour(HTTPServerTests.echo)
    await neighbour.server.drain(within: .seconds(20))
    await neighbour.server.drain(within: .seconds(20))
    #expect(neighbour.server.openConnections == 0)
    neighbour.loop.stop()
  }

  @Test func `says why it cannot bind`() async throws {
    let neighbour = try await HTTPNeighbour(HTTPServerTests.echo)
    #expect(throws: TransportFailure.self) {
      try HTTPServer(loop: neighbour.loop, address: neighbour.server.address, bodyLimit: { _ in 0 }) { _ in .text("") }
    }
    await neighbour.server.drain(within: .zero)
    neighbour.loop.stop()
  }
}
