import Foundation
import FoundationNetworking
import Testing
import Transport

@testable import Outbound

/// What happens where libcurl does not stop when it is told to.
@Suite struct TransferLaneTests {
  private func silentServer() throws -> RawServer {
    try RawServer { connection in
      _ = connection.readRequest()
      _ = connection.isAtEnd()
    }
  }

  private func prepare(_ server: RawServer) throws -> (Transfer, URLRequest) {
    let url = try OutboundURL("http://127.0.0.1:\(server.port)/")
    let request = OutboundRequest(method: "POST", url: "http://127.0.0.1:\(server.port)/", body: Array("{}".utf8))
    let prepared = try RequestCheck.make(request, url, HTTPClientConfiguration(allowPlainHTTP: true))
    return (Transfer(request, url: url, behind: nil, sink: nil), prepared)
  }

  @Test func `a lane that was given up is not taken again`() async throws {
    let server = try silentServer()
    defer { server.stop() }
    let pool = LanePool(limit: 4)
    let (transfer, request) = try prepare(server)
    let lane = try #require(pool.take("h", for: transfer, isFresh: false))
    let running = Task { await lane.run(transfer, request) { pool.put(lane, host: "h", isFresh: false) } }
    await waitUntil("the request arrived") { server.requests == 1 }
    let (other, _) = try prepare(server)
    lane.abandon(other)
    #expect(!lane.isClosed, "it carries another transfer")
    lane.abandon(transfer)
    guard case .failure(let failure) = await running.value else {
      Issue.record("an answer came")
      return
    }
    #expect(!failure.neverLeft)
    #expect(lane.isClosed && pool.active.isEmpty && pool.isIdleEmpty)
    let next = try #require(pool.take("h", for: other, isFresh: false))
    #expect(next !== lane && !next.isClosed)
    next.close()
  }

  @Test func `a lane that was used is taken again for its host only`() throws {
    let server = try silentServer()
    defer { server.stop() }
    let pool = LanePool(limit: 4)
    defer { pool.close() }
    let (transfer, _) = try prepare(server)
    let lane = try #require(pool.take("h", for: transfer, isFresh: false))
    pool.put(lane, host: "h", isFresh: false)
    let stranger = try #require(pool.take("other", for: transfer, isFresh: false))
    #expect(stranger !== lane)
    #expect(pool.take("h", for: transfer, isFresh: false) === lane)
    lane.close()
    stranger.close()
  }

  @Test func `a transfer that has its answer and does not stop is stuck after a while`() async throws {
    let server = try silentServer()
    defer { server.stop() }
    let (transfer, request) = try prepare(server)
    // Nobody tells the transfer of this session's end: for all it knows, libcurl goes on.
    let task = URLSession(configuration: .ephemeral).dataTask(with: request)
    let running = Task { await transfer.run(task) }
    await waitUntil("the request arrived") { server.requests == 1 }
    let before = MonotonicClock.now
    #expect(transfer.check(now: before))
    transfer.challenged()
    _ = await running.value
    #expect(transfer.check(now: before + 2_900_000_000))
    #expect(!transfer.check(now: MonotonicClock.now + 3_100_000_000))
  }
}
