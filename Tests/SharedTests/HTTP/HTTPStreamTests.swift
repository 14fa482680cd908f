import HTTP
import Synchronization
import TestSupport
import Testing

@Suite struct HTTPStreamTests {
  /// Gives pieces one after the other and counts what was asked for and how often it was closed.
  final class Producer: Sendable {
    let closed = Flag()
    private let state = Mutex((index: 0, cancelled: false))
    private let pieces: [[UInt8]]
    private let isEndless: Bool

    init(_ pieces: [String], isEndless: Bool = false) {
      self.pieces = pieces.map { Array($0.utf8) }
      self.isEndless = isEndless
    }

    var asked: Int { state.withLock { $0.index } }

    func stream(length: Int? = nil) -> HTTPBodyStream {
      HTTPBodyStream(length: length, onClose: { self.closed.set() }) {
        self.state.withLock { state in
          defer { state.index += 1 }
          if self.isEndless { return self.pieces[0] }
          return state.index < self.pieces.count ? self.pieces[state.index] : nil
        }
      }
    }
  }

  private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

  @Test func `sends a stream of unknown length in chunks and keeps the connection`() async throws {
    try await HTTPNeighbour.run({ _ in
      HTTPResponse(status: 200, body: .stream(Producer(["one,", "", "two,", "three"]).stream()))
    }) { neighbour in
      let client = try neighbour.client()
      for _ in 1...2 {
        try client.send(Self.get)
        let answer = try client.receiveAnswer()
        #expect(answer.header("transfer-encoding") == "chunked")
        #expect(answer.header("content-length") == nil)
        #expect(answer.text == "one,two,three")
      }
    }
  }

  @Test func `sends a stream of known length with that length`() async throws {
    let producer = Producer(["one,", "two"])
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, body: .stream(producer.stream(length: 7))) }) {
      neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      let answer = try client.receiveAnswer()
      #expect(answer.header("content-length") == "7")
      #expect(answer.text == "one,two")
      #expect(await neighbour.eventually { _ in producer.closed.count == 1 })
    }
  }

  @Test func `ends a stream towards an HTTP 1 0 client by closing`() async throws {
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, body: .stream(Producer(["a", "b"]).stream())) }) {
      neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let all = try client.receiveToEnd()
      #expect(all.hasSuffix("\r\n\r\nab"))
      #expect(all.contains("Connection: close"))
    }
  }

  @Test(arguments: [["too much"], ["1234567", "8"]])
  func `cuts a stream that is longer than it said`(pieces: [String]) async throws {
    let producer = Producer(pieces)
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, body: .stream(producer.stream(length: 7))) }) {
      neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      _ = try? client.receiveToEnd()
      #expect(neighbour.seen.rejected == ["HTTP_STREAM_FAILED"])
      #expect(producer.closed.count == 1)
    }
  }

  @Test func `cuts a stream that is shorter than it said`() async throws {
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, body: .stream(Producer(["short"]).stream(length: 7))) }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      #expect(throws: RawSocketFailure.self) { try client.receiveAnswer() }
      #expect(neighbour.seen.rejected == ["HTTP_STREAM_FAILED"])
    }
  }

  @Test func `a stream that fails does not look complete`() async throws {
    struct Broken: Error {}
    let asked = Flag()
    let closed = Flag()
    try await HTTPNeighbour.run({ _ in
      HTTPResponse(
        status: 200,
        body: .stream(
          HTTPBodyStream(onClose: { closed.set() }) {
            asked.set()
            if asked.count > 1 { throw Broken() }
            return [65]
          }))
    }) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      #expect(throws: RawSocketFailure.self) { try client.receiveAnswer() }
      #expect(closed.count == 1)
    }
  }

  @Test func `does not run a stream for HEAD but lets go of it`() async throws {
    let producer = Producer(["x"], isEndless: true)
    try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, body: .stream(producer.stream())) }) { neighbour in
      let client = try neighbour.client()
      try client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try client.receiveAnswer(isHead: true).header("transfer-encoding") == "chunked")
      #expect(producer.closed.count == 1)
      #expect(producer.asked == 0)
    }
  }

  @Test func `asks a producer only as fast as the client reads`() async throws {
    var limits = HTTPLimits()
    limits.streamBytes = 32 << 10
    let piece = String(repeating: "x", count: 16 << 10)
    let total = 800
    let producer = Producer(Array(repeating: piece, count: total))
    let served = limits
    try await HTTPNeighbour.run(
      limits: served,
      { _ in
        HTTPResponse(status: 200, body: .stream(producer.stream(length: total * 16 << 10)))
      }
    ) { neighbour in
      let client = try neighbour.client(receiveBuffer: 8 << 10)
      try client.send(Self.get)
      _ = try client.receive(until: "\r\n\r\n")
      // Kernel buffers take some megabytes; then the producer must stand still.
      var asked = -1
      while asked != producer.asked {
        asked = producer.asked
        #expect(asked < total)
        try await Task.sleep(for: .milliseconds(50))
      }
      for _ in 0..<total { _ = try client.receive(count: 16 << 10) }
      #expect(await neighbour.eventually { $0.finished.count == 1 })
      #expect(producer.asked == total + 1)
    }
  }

  @Test func `sends a large body to a slow reader in pieces`() async throws {
    var limits = HTTPLimits()
    limits.outboundBytes = 1 << 20
    let bytes = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let served = limits
    try await HTTPNeighbour.run(limits: served, { _ in HTTPResponse(status: 200, body: .bytes(bytes)) }) { neighbour in
      let client = try neighbour.client(receiveBuffer: 8 << 10)
      try client.send(Self.get + "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
      #expect(try client.receiveAnswer().body == bytes)
      #expect(try client.receiveAnswer().body == bytes)
      #expect(try client.receiveToEnd() == "")
    }
  }

  @Test func `tells the producer when its client is gone`() async throws {
    for isReset in [true, false] {
      let producer = Producer([String(repeating: "x", count: 1000)], isEndless: true)
      try await HTTPNeighbour.run({ _ in HTTPResponse(status: 200, body: .stream(producer.stream())) }) { neighbour in
        let client = try neighbour.client()
        try client.send(Self.get)
        _ = try client.receive(until: "\r\n\r\n")
        isReset ? client.reset() : client.close()
        #expect(await neighbour.eventually { _ in producer.closed.count == 1 })
        #expect(await neighbour.eventually { $0.finished == [.init(method: "GET", route: "none", status: 499)] })
        #expect(neighbour.server.openConnections == 0)
      }
    }
  }

  @Test func `cancels a producer that waits when its client is gone`() async throws {
    var limits = HTTPLimits()
    limits.halfCloseGrace = .milliseconds(30)
    let cancelled = Flag()
    let closed = Flag()
    let served = limits
    try await HTTPNeighbour.run(
      limits: served,
      { _ in
        HTTPResponse(
          status: 200, headers: ["Content-Type": "text/event-stream"],
          body: .stream(
            HTTPBodyStream(onClose: { closed.set() }) {
              do {
                try await Task.sleep(for: .seconds(30))
              } catch {
                cancelled.set()
                throw error
              }
              return [65]
            }))
      }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      _ = try client.receive(until: "\r\n\r\n")
      client.close()
      #expect(await neighbour.eventually { _ in cancelled.isSet })
      #expect(closed.count == 1)
    }
  }

  @Test func `sees a reset after the end of the input without writing again`() async throws {
    var limits = HTTPLimits()
    limits.halfCloseGrace = .seconds(60)
    let mayGoOn = Flag()
    let asked = Flag()
    let cancelled = Flag()
    try await HTTPNeighbour.run(
      limits: limits,
      { _ in
        HTTPResponse(
          status: 200,
          body: .stream(
            HTTPBodyStream {
              asked.set()
              if asked.count == 1 { return [65] }
              if asked.count == 2 {
                while !mayGoOn.isSet { try await Task.sleep(for: .milliseconds(1)) }
                return [66]
              }
              do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.set() }
              return nil
            }))
      }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      _ = try client.receive(until: "A\r\n")
      client.close()
      mayGoOn.set()
      #expect(await neighbour.eventually { _ in cancelled.isSet })
      #expect(neighbour.server.openConnections == 0)
    }
  }

  @Test func `cuts a reader that does not read`() async throws {
    var limits = HTTPLimits()
    limits.writeTime = .milliseconds(60)
    let producer = Producer([String(repeating: "x", count: 64 << 10)], isEndless: true)
    let served = limits
    try await HTTPNeighbour.run(limits: served, { _ in HTTPResponse(status: 200, body: .stream(producer.stream())) }) {
      neighbour in
      let client = try neighbour.client(receiveBuffer: 8 << 10)
      try client.send(Self.get)
      #expect(await neighbour.eventually { $0.rejected == ["HTTP_SLOW_READER"] })
      #expect(producer.closed.count == 1)
    }
  }

  @Test func `a stream that is quiet for long is not a slow reader`() async throws {
    var limits = HTTPLimits()
    limits.writeTime = .milliseconds(20)
    let asked = Flag()
    let served = limits
    try await HTTPNeighbour.run(
      limits: served,
      { _ in
        HTTPResponse(
          status: 200,
          body: .stream(
            HTTPBodyStream {
              asked.set()
              if asked.count == 3 { return nil }
              try await Task.sleep(for: .milliseconds(100))
              return [65]
            }))
      }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send(Self.get)
      #expect(try client.receiveAnswer().text == "AA")
    }
  }
}
