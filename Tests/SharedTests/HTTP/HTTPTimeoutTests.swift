import HTTP
import Synchronization
import TestSupport
import Testing

@Suite struct HTTPTimeoutTests {
  private static let short: HTTPLimits = {
    var limits = HTTPLimits()
    limits.headTime = .milliseconds(300)
    limits.bodyTime = .milliseconds(80)
    limits.idleTime = .milliseconds(80)
    limits.handlerTime = .milliseconds(80)
    return limits
  }()

  @Test func `a head that is too slow gets 408`() async throws {
    try await HTTPNeighbour.run(limits: Self.short, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHo")
      let answer = try client.receiveAnswer()
      #expect(answer.status == 408)
      #expect(answer.text.contains("HTTP_HEAD_TIMEOUT"))
      #expect(try client.receiveToEnd() == "")
    }
  }

  @Test func `a dripped head does not win time`() async throws {
    try await HTTPNeighbour.run(limits: Self.short, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      let start = ContinuousClock.now
      try client.send("GET / HTTP/1.1\r\n")
      while client.isSilent(for: .milliseconds(10)) {
        guard ContinuousClock.now - start < .seconds(5) else { break }
        try client.send("A: b\r\n")
      }
      #expect(try client.receiveAnswer().status == 408)
    }
  }

  @Test func `a body that is too slow gets 408`() async throws {
    try await HTTPNeighbour.run(limits: Self.short, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      let start = ContinuousClock.now
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
      // One byte each 10 ms is a fifth of the least rate: it earns 2 ms.
      while client.isSilent(for: .milliseconds(10)) {
        guard ContinuousClock.now - start < .seconds(5) else { break }
        try client.send("x")
      }
      let answer = try client.receiveAnswer()
      #expect(answer.status == 408)
      #expect(answer.text.contains("HTTP_BODY_TIMEOUT"))
    }
  }

  @Test func `a body at the least rate may take longer`() async throws {
    var limits = Self.short
    limits.bodyTime = .milliseconds(400)
    limits.minimumBytesPerSecond = 1
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n")
      // Fifty times 10 ms is more than the 400 ms a body has, but each byte earns a second.
      for _ in 1...50 {
        #expect(client.isSilent(for: .milliseconds(10)))
        try client.send("x")
      }
      #expect(try client.receiveAnswer().status == 200)
    }
  }

  @Test func `a body has a last moment however fast it comes`() async throws {
    var limits = HTTPLimits()
    limits.longestBodyTime = .milliseconds(150)
    limits.minimumBytesPerSecond = 1
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      let start = ContinuousClock.now
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
      while client.isSilent(for: .milliseconds(5)) {
        guard ContinuousClock.now - start < .seconds(20) else { break }
        try client.send("xxxxxxxxxx")
      }
      #expect(try client.receiveAnswer().status == 408)
    }
  }

  @Test func `a body that falls silent gets 408 however much of it has come`() async throws {
    var limits = HTTPLimits()
    limits.bodySilence = .milliseconds(100)
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n")
      try client.send(String(repeating: "x", count: 100_000))
      let answer = try client.receiveAnswer()
      #expect(answer.status == 408)
      #expect(answer.text.contains("HTTP_BODY_TIMEOUT"))
    }
  }

  @Test func `a body that goes on may take longer than one silence`() async throws {
    var limits = HTTPLimits()
    limits.bodySilence = .milliseconds(400)
    try await HTTPNeighbour.run(limits: limits, HTTPServerTests.echo) { neighbour in
      let client = try neighbour.client()
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n")
      for _ in 1...50 {
        #expect(client.isSilent(for: .milliseconds(10)))
        try client.send("x")
      }
      #expect(try client.receiveAnswer().status == 200)
    }
  }

  @Test func `an idle connection is closed without a word`() async throws {
    try await HTTPNeighbour.run(limits: Self.short, HTTPServerTests.echo) { neighbour in
      let silent = try neighbour.client()
      let used = try neighbour.client()
      try used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try used.receiveAnswer().status == 200)
      #expect(try silent.receiveToEnd() == "")
      #expect(try used.receiveToEnd() == "")
      #expect(neighbour.seen.rejected.isEmpty)
    }
  }

  @Test func `a handler that takes too long is cancelled and its request gets 503`() async throws {
    let flag = Flag()
    try await HTTPNeighbour.run(
      limits: Self.short,
      { _ in
        try? await Task.sleep(for: .seconds(30))
        if Task.isCancelled { flag.set() }
        return .text("late")
      }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      let answer = try client.receiveAnswer()
      #expect(answer.status == 503)
      #expect(answer.text.contains("HTTP_HANDLER_TIMEOUT"))
      #expect(try client.receiveToEnd() == "")
      #expect(await neighbour.eventually { _ in flag.isSet })
      #expect(neighbour.seen.finished == [.init(method: "GET", route: "none", status: 503)])
    }
  }

  @Test func `a handler whose client was cut off is cancelled`() async throws {
    let flag = Flag()
    let started = Flag()
    try await HTTPNeighbour.run({ _ in
      started.set()
      try? await Task.sleep(for: .seconds(30))
      if Task.isCancelled { flag.set() }
      return .text("late")
    }) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(await neighbour.eventually { _ in started.isSet })
      client.reset()
      #expect(await neighbour.eventually { _ in flag.isSet })
      #expect(await neighbour.eventually { $0.finished == [.init(method: "GET", route: "none", status: 499)] })
      #expect(await neighbour.eventually { _ in neighbour.server.openConnections == 0 })
    }
  }

  @Test func `a client that has finished sending gets its answer`() async throws {
    var limits = HTTPLimits()
    limits.halfCloseGrace = .seconds(30)
    let cancelled = Flag()
    try await HTTPNeighbour.run(
      limits: limits,
      { _ in
        try? await Task.sleep(for: .milliseconds(5))
        if Task.isCancelled { cancelled.set() }
        return .text("done")
      }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      client.finishSending()
      #expect(try client.receiveAnswer().text == "done")
      #expect(try client.receiveToEnd() == "")
      #expect(!cancelled.isSet)
    }
  }

  @Test func `a handler whose client has finished sending is cancelled after a moment`() async throws {
    var limits = HTTPLimits()
    limits.halfCloseGrace = .milliseconds(20)
    let cancelled = Flag()
    try await HTTPNeighbour.run(
      limits: limits,
      { _ in
        try? await Task.sleep(for: .seconds(30))
        if Task.isCancelled { cancelled.set() }
        return .text("done")
      }
    ) { neighbour in
      let client = try neighbour.client()
      try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      client.finishSending()
      #expect(try client.receiveAnswer().text == "done")
      #expect(cancelled.isSet)
    }
  }
}

/// Something that has happened.
final class Flag: Sendable {
  private let value = Mutex(0)
  var isSet: Bool { count > 0 }
  var count: Int { value.withLock { $0 } }
  func set() { value.withLock { $0 += 1 } }
}
