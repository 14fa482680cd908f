import Contracts
import Crypto
import Foundation
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

@Suite struct MediaRetentionTests {
  let sender = TestSender()

  @Test func `media end when their time is over, a few at a time, and their files with them`() async throws {
    try await MessagingRouterHarness.run(["MEDIA_RETENTION": "2d"], senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      let count = MediaRetention.page + 10
      var ids: [MediaID] = []
      for number in 0..<count {
        meta.add("m\(number)", SampleMedia.bytes(100, seed: UInt32(number)))
        ids.append(try await router.note("m\(number)", for: sender, at: harness.time.now))
      }
      try await eventually("all are there") {
        try await router.text("SELECT count(*) FROM media WHERE state = 'available'") == ["\(count)"]
      }
      #expect(try harness.mediaFiles().count == count)
      harness.time.advance(by: .seconds(2 * 86_400 - 1))
      router.service.clockWasSet()
      let young = try await router.note("m0", for: sender, at: harness.time.now)
      _ = try await router.becomes(young, .available)
      harness.time.advance(by: .seconds(1))
      router.service.clockWasSet()
      try await eventually("all but the young one are gone") {
        try await router.text("SELECT count(*) FROM media WHERE state = 'expired' AND sha256 IS NULL") == ["\(count)"]
      }
      // The first one's bytes are the young one's as well.
      try await eventually("one file is left") { try harness.mediaFiles().count == 1 }
      #expect(try await router.media(young).state == .available)
      #expect(try await router.media(ids[0]).url == nil)
      try await eventually("counted") { try await router.text("SELECT files FROM media_totals") == ["1"] }
    }
  }

  @Test func `a file without a row, from a process that ended in between, is swept at the next start`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", SampleMedia.jpeg)
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      _ = try await router.becomes(id, .available)
      await router.stop()
      // Moved into place, its row never committed; and one that was being written.
      let stray = Hex.encode(SHA256.hash([1]))
      let folder = "\(harness.mediaFolder)/\(stray.prefix(2))/\(stray.dropFirst(2).prefix(2))"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data([1]).write(to: URL(filePath: "\(folder)/\(stray)"))
      try Data([2]).write(to: URL(filePath: "\(harness.mediaFolder)/incoming/half"))
      let again = try await harness.start()
      try await eventually("only the kept file is left") {
        try harness.mediaFiles() == [Hex.encode(SHA256.hash(SampleMedia.jpeg))]
      }
      #expect(try await again.media(id).state == .available)
    }
  }

  @Test func `a process that ended between a row and its file removes the file at the next start`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", SampleMedia.jpeg)
      let id = try await router.note("m1", for: sender, at: harness.time.now)
      _ = try await router.becomes(id, .available)
      // The row's end is committed; nobody was woken to remove the file.
      try await router.database.write { try $0.expireMedia(id) }
      await router.stop()
      _ = try await harness.start()
      try await eventually("the file is gone") { try harness.mediaFiles() == [] }
    }
  }

  @Test func `a file that is removed while the same bytes come again stays`() async throws {
    let folder = try TemporaryDirectory()
    let files = try MediaFiles(directory: folder.file("media"))
    let incoming = try files.begin(limit: 100, leastFree: 0)
    #expect(incoming.write([1, 2, 3]))
    let file = try incoming.complete()
    try files.keep(file)
    #expect(!files.remove(file.sha256), "its row is not committed yet")
    files.settle(file.sha256)
    let stored = try #require(files.open(file.sha256))
    #expect(try stored.read(0..<3) == [1, 2, 3])
    let attributes = try FileManager.default.attributesOfItem(atPath: stored.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(files.remove(file.sha256))
    #expect(files.open(file.sha256) == nil)
    #expect(files.open("../../etc/passwd") == nil)
  }

  @Test func `a person's media are erased with the messages; what the business uploaded stays`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("m1", SampleMedia.jpeg)
      meta.add("m2", SampleMedia.png)
      try await router.open(sender)
      let message = MessageID(trusted: try #require(try await router.text("SELECT id FROM messages").first))
      let id = try await router.note("m1", for: sender, message: message, at: harness.time.now)
      let other = try await router.note("m2", for: sender, at: harness.time.now)
      _ = try await router.becomes(id, .available)
      _ = try await router.becomes(other, .available)
      let counts = try await router.database.write { connection in
        [
          try MediaErasure.erase(message: message, account: TestSender.stranger, connection),
          try MediaErasure.erase(message: message, account: TestSender.account, connection),
          try MediaErasure.erase(message: message, account: TestSender.account, connection),
        ]
      }
      #expect(counts == [0, 1, 0])
      router.service.clockWasSet()
      try await eventually("only the other's file is left") {
        try harness.mediaFiles() == [Hex.encode(SHA256.hash(SampleMedia.png))]
      }
      await #expect(throws: (any Error).self) { try await router.media(id) }
    }
  }

  @Test func `every search of media goes by an index`() async throws {
    try await MessagingRouterHarness.run { _, router in
      for query in [
        "SELECT id FROM media WHERE source = 'inbound' AND due_at <= 1 ORDER BY due_at LIMIT 5",
        "SELECT min(due_at) FROM media WHERE source = 'inbound' AND due_at > 1",
        "SELECT id FROM media WHERE expires_at <= 1 ORDER BY expires_at LIMIT 5",
        "SELECT min(expires_at) FROM media WHERE expires_at IS NOT NULL",
        "SELECT min(due_at) FROM media WHERE source = 'upload' AND due_at IS NOT NULL",
        "SELECT 1 FROM media WHERE sha256 = 'a' LIMIT 1",
        "SELECT id FROM media WHERE message_id = 'a' AND account_id = 'b'",
      ] {
        let plan = try await router.database.read { connection in
          try connection.all("EXPLAIN QUERY PLAN " + query) { try $0.text(3) }
        }
        #expect(plan.allSatisfy { $0.contains("SEARCH") }, "\(query): \(plan)")
        #expect(plan.allSatisfy { !$0.contains("TEMP B-TREE") }, "\(query): \(plan)")
      }
    }
  }
}
