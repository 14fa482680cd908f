import Contracts
import Crypto
import Foundation
import HTTP
import MessagingRouterHarness
import Outbound
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

@Suite struct MediaFetchTests {
  let sender = TestSender()
  private let jpeg = SampleMedia.jpeg

  @Test func `what a customer sent is fetched with the sender's token, and its bytes come by a link`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let id = try await router.note(
        "m1", for: sender, url: meta.address("m1"), sha256: Base64.encode(SHA256.hash(jpeg)), at: harness.time.now)
      let media = try await router.becomes(id, .available)
      #expect(meta.tokens == ["Bearer \(sender.token)"])
      #expect(meta.addresses("m1") == 1, "the webhook's address was good enough")
      #expect(media.bytes == jpeg.count)
      #expect(media.sha256 == Hex.encode(SHA256.hash(jpeg)))
      #expect(media.error == nil)
      #expect(try harness.mediaFiles() == [Hex.encode(SHA256.hash(jpeg))])
      let answer = try await router.fetch(try #require(media.url))
      #expect(answer.status == 200)
      #expect(answer.body == jpeg)
      #expect(answer.headers["Content-Type"] == "image/jpeg")
    }
  }

  @Test func `an address that has ended is asked for again in the same try`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let old = meta.address("m1")
      meta.endAddresses("m1")
      let id = try await router.note("m1", for: sender, url: old, at: harness.time.now)
      _ = try await router.becomes(id, .available)
      #expect(meta.addresses("m1") == 3)
      #expect(meta.tokens.count == 2)
    }
  }

  @Test func `an address older than five minutes is not even tried`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let url = meta.address("m1")
      let now = harness.time.now
      let id = try await router.note("m1", for: sender, url: url, at: now - 300_000)
      _ = try await router.becomes(id, .available)
      #expect(meta.tokens.count == 1)
      #expect(meta.addresses("m1") == 2)
    }
  }

  @Test func `the token goes to no host but Meta's and those that are set`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      // The model's server stands for anybody's: another port of the same machine.
      harness.model.answering { _ in HTTPResponse(status: 200, bytes: SampleMedia.jpeg, contentType: "image/jpeg") }
      let id = try await router.note("m1", for: sender, url: harness.model.url + "/cdn/m1/1", at: harness.time.now)
      _ = try await router.becomes(id, .available)
      #expect(harness.model.requests == 0)

      let foreign = harness.model.url + "/cdn/m2/1"
      harness.graph.answering { _ in
        HTTPResponse(
          status: 200, bytes: Array("{\"url\":\"\(foreign)\",\"id\":\"m2\"}".utf8), contentType: "application/json")
      }
      let second = try await router.note("m2", for: sender, at: harness.time.now)
      try await router.waits(second, with: "MEDIA_HOST_REFUSED")
      #expect(harness.model.requests == 0)
    }
  }

  @Test func `a redirect is not followed: the token stays where it is`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let elsewhere = harness.model.url
      let url = harness.graph.url + "/cdn/m1/1"
      harness.graph.answering { request in
        request.path.hasPrefix("/cdn/")
          ? HTTPResponse(status: 302, headers: ["Location": elsewhere])
          : HTTPResponse(status: 200, bytes: Array("{\"url\":\"\(url)\"}".utf8), contentType: "application/json")
      }
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      try await router.waits(id, with: "META_UNREACHABLE")
      #expect(harness.model.requests == 0)
    }
  }

  @Test func `one that is larger than is kept is cut while it comes, whatever was said of it`() async throws {
    try await MessagingRouterHarness.run(["MEDIA_MAX_BYTES": "100000"], senders: [sender]) { harness, router in
      let ended = Latch()
      let largest = Mutex(0)
      let (url, folder) = (harness.graph.url + "/cdn/m1/1", harness.mediaFolder + "/incoming")
      harness.graph.answering { request in
        guard request.path.hasPrefix("/cdn/") else {
          return HTTPResponse(
            status: 200, bytes: Array("{\"url\":\"\(url)\",\"file_size\":10}".utf8), contentType: "application/json")
        }
        let left = Countdown(4_000)
        // Chunked, without a length, and without an end in sight: 120 MB.
        return HTTPResponse(
          status: 200, headers: ["Content-Type": "image/jpeg"],
          body: .stream(
            HTTPBodyStream(onClose: { ended.open() }) {
              largest.withLock { $0 = max($0, Self.bytes(in: folder)) }
              return left.take() ? [UInt8](repeating: 7, count: 30_000) : nil
            }))
      }
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      let media = try await router.becomes(id, .failed)
      #expect(media.error?.code == "MEDIA_TOO_LARGE")
      try await ended.wait(within: .seconds(20), "the end of the answer")
      // When the client stops to read is its own matter. What counts is what the disk took.
      #expect(largest.withLock { $0 } <= 100_000)
      #expect(try harness.mediaFiles() == [])
      #expect(Self.bytes(in: folder) == 0)
    }
  }

  private static func bytes(in folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.reduce(0) { total, name in
      total + ((try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int) ?? 0)
    }
  }

  @Test func `a file that comes takes no byte over its limit, and nothing after that`() throws {
    let folder = try TemporaryDirectory()
    let file = try IncomingFile(path: folder.file("one"), limit: 1_000, leastFree: 0)
    #expect(file.write([UInt8](repeating: 1, count: 900)))
    #expect(!file.write([UInt8](repeating: 1, count: 101)))
    #expect(!file.write([1]))
    #expect(Self.bytes(in: folder.path) == 900)
    guard case .tooLarge(limit: 1_000)? = file.failure else {
      Issue.record("not too large: \(String(describing: file.failure))")
      return
    }
    file.discard()
    #expect(Self.bytes(in: folder.path) == 0)
  }

  @Test func `one that Meta says is too large is not fetched at all`() async throws {
    try await MessagingRouterHarness.run(["MEDIA_MAX_BYTES": "100000"], senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg, size: 100_001)
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      #expect(try await router.becomes(id, .failed).error?.code == "MEDIA_TOO_LARGE")
      #expect(meta.tokens == [])
    }
  }

  @Test func `bytes with another hash are fetched again, and given up after three times`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let id = try await router.note(
        "m1", for: sender, sha256: Base64.encode(SHA256.hash([1])), at: harness.time.now)
      try await router.waits(id, with: "MEDIA_HASH_MISMATCH", tries: 1)
      harness.time.advance(by: .seconds(2))
      router.service.clockWasSet()
      try await router.waits(id, with: "MEDIA_HASH_MISMATCH", tries: 2)
      harness.time.advance(by: .seconds(5))
      router.service.clockWasSet()
      #expect(try await router.becomes(id, .failed).error?.code == "MEDIA_HASH_MISMATCH")
      #expect(try harness.mediaFiles() == [])
    }
  }

  @Test func `a hash in hex is as good as one in Base64, and Meta's own answer is checked as well`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let first = try await router.note(
        "m1", for: sender, sha256: Hex.encode(SHA256.hash(jpeg)).uppercased(), at: harness.time.now)
      _ = try await router.becomes(first, .available)
      meta.add("m2", jpeg, sha256: Hex.encode(SHA256.hash([2])))
      let second = try await router.note("m2", for: sender, at: harness.time.now)
      try await router.waits(second, with: "MEDIA_HASH_MISMATCH")
      // What is no hash at all says nothing.
      meta.add("m3", jpeg, sha256: "<HASH>")
      let third = try await router.note("m3", for: sender, sha256: "cut", at: harness.time.now)
      _ = try await router.becomes(third, .available)
    }
  }

  @Test func `the same bytes from two customers are one file, which goes with the last of them`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      meta.add("m2", jpeg)
      let first = try await router.note("m1", for: sender, at: harness.time.now)
      let second = try await router.note("m2", for: sender, at: harness.time.now)
      _ = try await router.becomes(first, .available)
      _ = try await router.becomes(second, .available)
      #expect(try harness.mediaFiles().count == 1)
      #expect(try await router.text("SELECT files || ' ' || bytes FROM media_totals") == ["1 \(jpeg.count)"])
      _ = try await router.caller.call(MessagingRouterAPI.DeleteMedia(id: first), account: sender.account)
      try await eventually("the removal has been looked at") { try await router.count("media_dropped_files") == 0 }
      #expect(try harness.mediaFiles().count == 1)
      #expect(try await router.media(second).state == .available)
      _ = try await router.caller.call(MessagingRouterAPI.DeleteMedia(id: second), account: sender.account)
      try await eventually("the file is gone") { try harness.mediaFiles() == [] }
      try await eventually("counted") {
        try await router.text("SELECT files || ' ' || bytes FROM media_totals") == ["0 0"]
      }
    }
  }

  @Test func `Meta that cannot be reached is asked again until its seven days are over`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      harness.graph.answering { _ in .text("no", status: 503) }
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      try await router.waits(id, with: "META_UNREACHABLE", tries: 1)
      harness.time.advance(by: .seconds(1))
      router.service.clockWasSet()
      try await router.waits(id, with: "META_UNREACHABLE", tries: 2)
      harness.time.advance(by: .seconds(7 * 86_400))
      router.service.clockWasSet()
      #expect(try await router.becomes(id, .failed).error?.code == "META_UNREACHABLE")
    }
  }

  @Test func `a medium that Meta does not have is given up after five times`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      _ = PlayedMedia(harness.graph)
      let id = try await router.note("nowhere", for: sender, at: harness.time.now)
      for tries in 1...4 {
        try await router.waits(id, with: "META_REFUSED", tries: tries)
        harness.time.advance(by: .seconds(3_600))
        router.service.clockWasSet()
      }
      #expect(try await router.becomes(id, .failed).error?.code == "MEDIA_GONE")
    }
  }

  @Test func `a process that ends in the middle fetches again at the next start`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let latch = Latch()
      let arrived = Latch()
      harness.graph.answering { _ in
        arrived.open()
        try? await latch.wait(within: .seconds(20), "the end")
        return .text("late", status: 500)
      }
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      try await arrived.wait(within: .seconds(10), "the fetch")
      await router.stop()
      latch.open()
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let again = try await harness.start()
      _ = try await again.becomes(id, .available)
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible)) func `a full disk puts it off and breaks nothing`() async throws {
    try await MessagingRouterHarness.run(["MEDIA_MIN_FREE": "0"], senders: [sender]) { harness, router in
      let disk = try SmallDisk(at: harness.mediaFolder + "/incoming", kibibytes: 64)
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", SampleMedia.bytes(1 << 20))
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      try await router.waits(id, with: "MEDIA_DISK_FULL")
      #expect(try harness.mediaFiles() == [])
      withExtendedLifetime(disk) {}
    }
  }

  @Test func `less space than is kept free puts it off`() async throws {
    try await MessagingRouterHarness.run(
      ["MEDIA_MIN_FREE": "1000000000000000000"], senders: [sender]
    ) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", jpeg)
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      try await router.waits(id, with: "MEDIA_DISK_FULL")
    }
  }
}
