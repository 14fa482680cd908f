import Foundation
import Glibc
import Outbound
import Synchronization
import TestSupport
import Testing

/// Answers that are written away as they come, and bodies that are files.
extension HTTPClientTests {
  private func get(_ server: RawServer) -> OutboundRequest {
    OutboundRequest(
      method: "GET", url: "http://127.0.0.1:\(server.port)/",
      limits: OutboundLimits(head: .seconds(10), whole: .seconds(30), responseBytes: 10))
  }

  @Test func `an answer is written away whole and in order, whatever its length`() async throws {
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let server = try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
      connection.write(body)
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let written = Mutex<[UInt8]>([])
    let answer = try await client.download(get(server)) { piece in
      written.withLock { $0 += piece }
      return true
    }
    #expect(answer.status == 200)
    #expect(answer.body == [])
    #expect(written.withLock { $0 } == body)
  }

  @Test func `of another answer than 2xx nothing is written`() async throws {
    let server = try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let answer = try await client.download(get(server)) { _ in
      Issue.record("something was written")
      return true
    }
    #expect(answer.status == 404)
    #expect(answer.body == Array("gone".utf8))
  }

  @Test func `the other side sends no faster than is written, and stops when nobody wants the rest`() async throws {
    let sent = Mutex(0)
    let hasEnded = Latch()
    let server = try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n")
      let piece = [UInt8](repeating: 1, count: 100_000)
      for _ in 0..<40_000 {
        guard connection.write(piece) else { break }
        sent.withLock { $0 += piece.count }
        usleep(1_000)
      }
      hasEnded.open()
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    let pieces = Mutex(0)
    do throws(OutboundFailure) {
      _ = try await client.download(get(server)) { _ in
        let count = pieces.withLock { count in
          count += 1
          return count
        }
        // A slow disk.
        usleep(20_000)
        return count < 10
      }
      Issue.record("an answer came")
    } catch {
      #expect(error.kind == .cancelled)
    }
    try await hasEnded.wait(within: .seconds(10), "the end of the sending")
    // libcurl is told at once and may take three seconds to stop, reading meanwhile.
    #expect(sent.withLock { $0 } < 1_000_000_000)
    #expect(pieces.withLock { $0 } == 10)
  }

  @Test func `an answer that ends too early is a failure`() async throws {
    let server = try RawServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    await #expect(throws: OutboundFailure.self) { try await client.download(get(server)) { _ in true } }
  }

  @Test func `a file is sent as it is, with its length`() async throws {
    let folder = try TemporaryDirectory()
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    try Data(body).write(to: URL(filePath: folder.file("body")))
    let seen = Mutex<(head: String, body: [UInt8])>(("", []))
    let server = try RawServer { connection in
      guard let request = connection.readRequest() else { return }
      seen.withLock { $0 = request }
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    defer { server.stop() }
    let client = makeClient()
    defer { client.close() }
    var request = OutboundRequest(
      method: "POST", url: "http://127.0.0.1:\(server.port)/", headers: [("Content-Type", "a/b")])
    request.bodyFile = folder.file("body")
    request.limits = OutboundLimits(head: .seconds(20), whole: .seconds(20))
    let answer = try await client.send(request)
    #expect(answer.status == 200)
    let (head, came) = seen.withLock { $0 }
    #expect(head.contains("Content-Length: 3000000\r\n"))
    #expect(head.contains("Content-Type: a/b\r\n"))
    #expect(!head.contains("Expect"))
    #expect(came == body)
  }

  @Test func `two bodies, or a file for GET, are refused`() async throws {
    let client = makeClient()
    defer { client.close() }
    var request = OutboundRequest(method: "POST", url: "http://127.0.0.1:1/", body: [1])
    request.bodyFile = "/dev/null"
    #expect(await outcome(client, request)?.kind == .badRequest)
    request.body = []
    request.method = "GET"
    #expect(await outcome(client, request)?.kind == .badRequest)
  }
}
