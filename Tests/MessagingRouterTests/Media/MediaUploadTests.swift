import Contracts
import Crypto
import Daemon
import Foundation
import HTTP
import JSON
import MessagingRouterHarness
import Outbound
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// What businesses upload.
@Suite struct MediaUploadTests {
  let sender = TestSender()

  private func announce(
    _ router: RunningRouter, _ mimeType: String = "image/png", filename: String? = nil, bytes: Int? = nil,
    sha256: String? = nil, key: String? = nil
  ) async throws -> Media {
    try await router.caller.call(
      MessagingRouterAPI.CreateMedia(
        senderID: sender.id, mimeType: mimeType, filename: filename, bytes: bytes, sha256: sha256),
      account: sender.account, key: key)
  }

  @Test func `an announced file is taken by its link, kept, and given out again`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let media = try await announce(
        router, "image/png", bytes: SampleMedia.png.count, sha256: Hex.encode(SHA256.hash(SampleMedia.png)))
      #expect(media.state == .waiting)
      #expect(media.kind == .image)
      let link = try #require(media.uploadURL)
      let answer = try await router.fetch(link, method: "PUT", body: SampleMedia.png)
      #expect(answer.status == 200)
      let present = try await router.media(media.id)
      #expect(present.state == .available)
      #expect(present.uploadURL == nil)
      #expect(present.bytes == SampleMedia.png.count)
      #expect(try await router.fetch(try #require(present.url)).body == SampleMedia.png)
      // A repeat changes nothing; other bytes are refused.
      #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.png).status == 200)
      let other = try await router.fetch(link, method: "PUT", body: SampleMedia.png + [0])
      #expect(other.problemCode == "MEDIA_LENGTH_MISMATCH")
      #expect(try harness.mediaFiles() == [Hex.encode(SHA256.hash(SampleMedia.png))])
    }
  }

  @Test func `a repeated key announces once`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let first = try await announce(router, key: "k1")
      #expect(try await announce(router, key: "k1").id == first.id)
      #expect(try await router.count("media") == 1)
      await #expect(throws: CallFailure.self) { try await announce(router, "image/jpeg", key: "k1") }
    }
  }

  @Test func `what Meta would not take is refused before a byte is sent`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let calls: [(String, MessagingRouterAPI.CreateMedia)] = [
        ("mime_type", .init(senderID: sender.id, mimeType: "image/gif")),
        ("bytes", .init(senderID: sender.id, mimeType: "image/png", bytes: (5 << 20) + 1)),
        ("bytes", .init(senderID: sender.id, mimeType: "image/png", bytes: 0)),
        ("filename", .init(senderID: sender.id, mimeType: "image/png", filename: "")),
        ("sha256", .init(senderID: sender.id, mimeType: "image/png", sha256: "abc")),
      ]
      for (field, call) in calls {
        let failure = await #expect(throws: CallFailure.self) {
          try await router.caller.call(call, account: sender.account)
        }
        #expect(failure?.details?["field"]?.string == field)
      }
      let stranger = await #expect(throws: CallFailure.self) {
        try await router.caller.call(
          MessagingRouterAPI.CreateMedia(senderID: sender.id, mimeType: "image/png"), account: TestSender.stranger)
      }
      #expect(stranger?.reason == "SENDER_NOT_FOUND")
      let count = try await router.count("media")
      #expect(count == 0)
    }
  }

  struct Wrong: Sendable {
    var mimeType: String
    var body: [UInt8]
    var status: Int
    var code: String
    var sha256: String?
  }

  static let wrong = [
    Wrong(mimeType: "image/png", body: SampleMedia.jpeg, status: 422, code: "MEDIA_TYPE_MISMATCH"),
    Wrong(mimeType: "application/pdf", body: Array("<html>".utf8), status: 422, code: "MEDIA_TYPE_MISMATCH"),
    Wrong(mimeType: "image/png", body: [], status: 422, code: "MEDIA_EMPTY"),
    Wrong(
      mimeType: "image/png", body: SampleMedia.png, status: 422, code: "MEDIA_HASH_MISMATCH",
      sha256: String(repeating: "a", count: 64)),
    Wrong(
      mimeType: "image/png", body: SampleMedia.png + [UInt8](repeating: 1, count: 5 << 20), status: 413,
      code: "MEDIA_TOO_LARGE"),
    // A still sticker may be 100 KB; only the animated one 500.
    Wrong(
      mimeType: "image/webp", body: Array("RIFF----WEBPVP8 ".utf8) + [UInt8](repeating: 0, count: 110 << 10),
      status: 413, code: "MEDIA_TOO_LARGE"),
  ]

  @Test func `bytes that are not what was announced are refused, and the next ones taken`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      for wrong in Self.wrong {
        let media = try await announce(router, wrong.mimeType, sha256: wrong.sha256)
        let answer = try await router.fetch(try #require(media.uploadURL), method: "PUT", body: wrong.body)
        #expect(answer.status == wrong.status, "\(wrong.code)")
        #expect(answer.problemCode == wrong.code)
        #expect(try await router.media(media.id).state == .waiting)
      }
      #expect(try harness.mediaFiles() == [])
      let media = try await announce(router)
      let link = try #require(media.uploadURL)
      #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.jpeg).status == 422)
      #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.png).status == 200)
    }
  }

  private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
  }

  @Test func `a body without an end is cut at the bound while it comes`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let media = try await announce(router)
      let link = try #require(media.uploadURL)
      let port = UInt16(router.host.ports.http)
      let path = link.dropFirst("http://127.0.0.1:\(port)".count)
      // On a thread of its own: the service works on those that tests share.
      let answer = try await Self.onThread {
        let socket = try RawSocket(port: port)
        try socket.send("PUT \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "10000\r\n" + String(repeating: "x", count: 1 << 16) + "\r\n"
        // The service goes on reading, and drops what it reads, so that its answer arrives.
        for _ in 0..<100 { try socket.send(chunk) }
        return try socket.receive(until: "\r\n")
      }
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(try harness.mediaFiles() == [])
    }
  }

  @Test func `an upload that breaks off leaves nothing, and may be repeated`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let media = try await announce(router)
      let link = try #require(media.uploadURL)
      let port = UInt16(router.host.ports.http)
      let socket = try RawSocket(port: port)
      let path = link.dropFirst("http://127.0.0.1:\(port)".count)
      try socket.send(
        "PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 5_000))
      try await eventually("its bytes come in") { try harness.mediaFiles().count == 1 }
      socket.close()
      try await eventually("they are gone") { try harness.mediaFiles() == [] }
      #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.png).status == 200)
    }
  }

  @Test func `only so many come at the same time`() async throws {
    try await MessagingRouterHarness.run(["MEDIA_UPLOADS_AT_ONCE": "1"], senders: [sender]) { harness, router in
      let link = try #require(try await announce(router).uploadURL)
      let port = UInt16(router.host.ports.http)
      let path = link.dropFirst("http://127.0.0.1:\(port)".count)
      let slow = try RawSocket(port: port)
      try slow.send("PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
      try await eventually("it has begun") { try harness.mediaFiles().count == 1 }
      let refused = try await router.fetch(link, method: "PUT", body: SampleMedia.png)
      #expect(refused.status == 503)
      #expect(refused.headers["Retry-After"] == "5")
      slow.close()
      try await eventually("the place is free") {
        try await router.fetch(link, method: "PUT", body: SampleMedia.png).status == 200
      }
    }
  }

  @Test func `an upload that never comes is given up`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let media = try await announce(router)
      harness.time.advance(by: .seconds(3_601))
      router.service.clockWasSet()
      #expect(try await router.becomes(media.id, .failed).error?.code == "MEDIA_NOT_UPLOADED")
      let link = try #require(media.uploadURL)
      #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.png).problemCode == "LINK_EXPIRED")
    }
  }
}
