import Contracts
import Crypto
import Daemon
import Glibc
import HTTP
import MessagingRouterHarness
import Outbound
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

@Suite struct MediaLinkTests {
  let sender = TestSender()
  private let jpeg = SampleMedia.jpeg

  /// A medium that is there, and its link.
  private func run(
    _ settings: [String: String] = [:], filename: String? = nil, mimeType: String = "image/jpeg",
    kind: String = "image",
    _ body: (MessagingRouterHarness, RunningRouter, MediaID, String) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run(settings, senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg, mimeType: mimeType)
      let id = try await router.note(
        "m1", for: sender, mimeType: mimeType, filename: filename, kind: kind, at: harness.time.now)
      let media = try await router.becomes(id, .available)
      try await body(harness, router, id, try #require(media.url))
    }
  }

  @Test func `a link ends after ten minutes, and a changed one was never one`() async throws {
    try await run { harness, router, id, link in
      #expect(link.contains("/v1/media/\(id)/content?expires="))
      harness.time.advance(by: .seconds(599))
      #expect(try await router.fetch(link).status == 200)
      harness.time.advance(by: .seconds(1))
      let over = try await router.fetch(link)
      #expect(over.status == 403)
      #expect(over.problemCode == "LINK_EXPIRED")
      for changed in [
        link.replacing("expires=1", with: "expires=2"), link + "0", link + "&more=1",
        link.replacing("?", with: "?a=b&"),
        String(link.prefix { $0 != "?" }), link.replacing(id.text, with: "med_" + ULID.make(milliseconds: 1)),
        link.replacing(id.text, with: "..%2F..%2Fkeys"),
      ] {
        let answer = try await router.fetch(changed)
        #expect(answer.status == 403, "\(changed)")
        #expect(answer.problemCode == "LINK_INVALID", "\(changed)")
      }
    }
  }

  @Test func `a link outlives a restart, and a link to read takes no bytes`() async throws {
    try await run(["PUBLIC_URL": "https://media.example"]) { harness, router, _, link in
      #expect(link.hasPrefix("https://media.example/v1/media/"))
      await router.stop()
      let again = try await harness.start()
      let path = link.dropFirst("https://media.example".count)
      #expect(try await again.get(String(path)).body == jpeg)
      let local = "http://127.0.0.1:\(again.host.ports.http)\(path)"
      #expect(try await again.fetch(local, method: "PUT", body: [1]).problemCode == "LINK_INVALID")
    }
  }

  @Test func `ranges are answered as players ask for them`() async throws {
    try await run { _, router, _, link in
      let part = try await router.fetch(link, headers: [("Range", "bytes=10-19")])
      #expect(part.status == 206)
      #expect(part.body == Array(jpeg[10...19]))
      #expect(part.headers["Content-Range"] == "bytes 10-19/\(jpeg.count)")
      let end = try await router.fetch(link, headers: [("Range", "bytes=-4")])
      #expect(end.body == Array(jpeg.suffix(4)))
      let beyond = try await router.fetch(link, headers: [("Range", "bytes=\(jpeg.count)-")])
      #expect(beyond.status == 416)
      #expect(beyond.headers["Content-Range"] == "bytes */\(jpeg.count)")
      let other = try await router.fetch(link, headers: [("Range", "bytes=10-19"), ("If-Range", "\"other\"")])
      #expect(other.status == 200)
      let head = try await router.fetch(link, method: "HEAD")
      #expect(head.status == 200)
      #expect(head.headers["Content-Length"] == "\(jpeg.count)")
      #expect(head.body == [])
    }
  }

  @Test func `what people sent is shown as data, never run`() async throws {
    try await run(filename: "photo.html\u{202e}\r\nX-Evil: 1", mimeType: "text/html", kind: "document") {
      _, router, _, link in
      let answer = try await router.fetch(link)
      #expect(answer.headers["Content-Type"] == "application/octet-stream")
      #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
      #expect(answer.headers["Content-Security-Policy"]?.hasPrefix("sandbox") == true)
      #expect(answer.headers["Cache-Control"] == "private, no-store")
      #expect(answer.headers["X-Evil"] == nil)
      #expect(answer.headers["Content-Disposition"] == "attachment; filename=\"photo.htmlX-Evil 1\"")
    }
  }

  struct Name: Sendable {
    var given: String?
    var mimeType: String
    var kind: Media.Kind
    var header: String
  }

  static let names = [
    Name(given: nil, mimeType: "image/jpeg", kind: .image, header: "inline; filename=\"ID.jpg\""),
    Name(given: "a b.pdf", mimeType: "application/pdf", kind: .document, header: "attachment; filename=\"a b.pdf\""),
    Name(
      given: "Überweisung 100%.pdf", mimeType: "application/pdf", kind: .document,
      header: "attachment; filename=\"_berweisung 100_.pdf\"; filename*=UTF-8''%C3%9Cberweisung%20100%25.pdf"),
    Name(
      given: "../../etc/passwd", mimeType: "text/plain", kind: .document, header: "attachment; filename=\"etcpasswd\""),
    Name(given: "\u{1}\u{2}", mimeType: "audio/ogg; codecs=opus", kind: .audio, header: "inline; filename=\"ID.ogg\""),
    Name(given: "..", mimeType: "x/y", kind: .document, header: "attachment; filename=\"ID\""),
  ]

  @Test func `a file's name is safe to save under`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      for name in Self.names {
        let id = try await router.note(
          "m1", for: sender, mimeType: name.mimeType, filename: name.given, kind: name.kind.rawValue,
          at: harness.time.now)
        let link = try #require(try await router.becomes(id, .available).url)
        let header = try await router.fetch(link, method: "HEAD").headers["Content-Disposition"]
        #expect(header == name.header.replacing("ID", with: id.text))
      }
    }
  }

  @Test func `nobody sees another account's media, nor removes them`() async throws {
    try await run { _, router, id, _ in
      let unseen = await #expect(throws: CallFailure.self) {
        try await router.media(id, account: TestSender.stranger)
      }
      #expect(unseen?.reason == "MEDIA_NOT_FOUND")
      let kept = await #expect(throws: CallFailure.self) {
        try await router.caller.call(MessagingRouterAPI.DeleteMedia(id: id), account: TestSender.stranger)
      }
      #expect(kept?.reason == "MEDIA_NOT_FOUND")
      let media = try await router.media(id)
      #expect(media.state == .available)
    }
  }

  @Test func `a link to what was removed, or lost, says so`() async throws {
    try await run { harness, router, id, link in
      let path = harness.mediaFolder + "/" + Self.path(of: Hex.encode(SHA256.hash(jpeg)))
      #expect(remove(path) == 0)
      let lost = try await router.fetch(link)
      #expect(lost.status == 410)
      #expect(lost.problemCode == "MEDIA_GONE")
      _ = try await router.caller.call(MessagingRouterAPI.DeleteMedia(id: id), account: sender.account)
      #expect(try await router.fetch(link).problemCode == "MEDIA_GONE")
      let media = try await router.media(id)
      #expect(media.state == .expired)
      #expect(media.url == nil)
    }
  }

  @Test func `a client that goes in the middle gives its place back`() async throws {
    try await run { _, router, _, link in
      for _ in 0..<(MediaDownloads.places + 8) {
        let socket = try RawSocket(port: UInt16(router.host.ports.http))
        try socket.send(
          "GET \(link.dropFirst("http://127.0.0.1:\(router.host.ports.http)".count)) HTTP/1.1\r\nHost: a\r\n\r\n")
        socket.close()
      }
      try await eventually("a place is free") { try await router.fetch(link).status == 200 }
    }
  }

  static func path(of sha256: String) -> String {
    "\(sha256.prefix(2))/\(sha256.dropFirst(2).prefix(2))/\(sha256)"
  }
}
