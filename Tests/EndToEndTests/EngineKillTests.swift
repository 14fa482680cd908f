import Crypto
import Foundation
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` of the message engine while it hands over events, erases people and fetches media.
  @Suite struct EngineKillTests {
    private static let seed = KillPlan.seed
    private static let isFull = KillPlan.isFull

    /// Ends the router at a moment drawn by chance, so that it dies anywhere in what it does, and starts it again.
    /// Answers the messages that were under way.
    @discardableResult
    private static func dieSoon(_ product: Product, _ chance: inout Dice) async throws -> [String] {
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &chance)))
      try await product.services.kill(.messagingRouter)
      let copy = try DatabaseCopy.router(product.services)
      let sending = try await copy.rows("SELECT id FROM messages WHERE status = 'sending'", columns: 1)
      copy.close()
      try product.services.launch(.messagingRouter)
      try await product.services.ready(.messagingRouter)
      return sending.compactMap { $0[0] }
    }

    /// Everything that happened in the account since `cursor`, oldest first.
    private static func events(_ story: Story, since cursor: String = "") async throws -> [JSONValue] {
      var all: [JSONValue] = []
      var cursor = cursor
      for _ in 0..<1_000 {
        let page = try await story.call(
          "GET", "/v1/events?limit=100" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
        let found = page["data"]?.array ?? []
        all += found
        guard !found.isEmpty, let next = page["next_cursor"]?.string, next != cursor else { break }
        cursor = next
      }
      return all
    }

    // MARK: Events

    @Test func `a router killed while it hands over tells every event exactly once`() async throws {
      let (messages, kills) = Self.isFull ? (1_000, 12) : (150, 3)
      var chance = Dice(seed: Self.seed)
      print("event kills: \(messages) messages, \(kills) kills, KILL_SEED=\(Self.seed)")
      try await Product.run { product in
        let (story, world) = (product.story, product.world)
        let shop = try await story.openShop()
        try world.faults.order(Fault(.duplicate, at: "webhooks", count: nil, probability: 0.1))
        let before = world.ledger.totals
        var underWay: Set<String> = []
        try await world.customers.burst(count: messages, prefix: "kill", customers: messages / 3, to: shop.number)
        for number in 1...kills {
          try await eventually(within: .seconds(60), "part \(number) of the webhooks is stored") {
            world.ledger.totals.inboundAcknowledged - before.inboundAcknowledged
              >= messages * number / (kills + 1)
          }
          underWay.formUnion(try await Self.dieSoon(product, &chance))
        }
        // Every message has its reply but those that a kill has cost, and each reply its three statuses.
        let mayBeLost = underWay
        try await eventually(within: .seconds(90), "everything has come to an end") {
          let totals = world.ledger.totals
          let lost = mayBeLost.count { world.ledger.tally(callbackData: $0).accepted == 0 }
          guard totals.inboundAcknowledged == totals.inboundSent, await world.webhooks.pending() == 0,
            totals.messagesAccepted + lost == totals.inboundSent, totals.statusesMade == totals.messagesAccepted * 3
          else { return false }
          let told = try await Self.events(story)
          return told.count { $0["type"] == "message.received" } >= totals.inboundSent
            && told.count { $0["type"] == "message.status" } >= totals.statusesMade
        }
        let told = try await Self.events(story)
        try await product.services.stop()
        try await Self.judge(told, product)
      }
    }

    private static func judge(_ told: [JSONValue], _ product: Product) async throws {
      #expect(Set(told.map { $0["id"]?.string }).count == told.count)
      var count: [String: Int] = [:]
      for event in told {
        let data = event["data"]
        switch event["type"]?.string {
        case "message.received": count["received \(data?["message_id"]?.string ?? "?")", default: 0] += 1
        case "message.status":
          let message = data?["whatsapp_message_id"]?.string ?? data?["message_id"]?.string ?? "?"
          count["\(message) \(data?["status"]?.string ?? "?")", default: 0] += 1
        case "conversation.started":
          count["started \(data?["conversation_id"]?.string ?? "?") \(data?["session"]?.int64 ?? 0)", default: 0] += 1
        default: continue
        }
      }
      #expect(count.filter { $0.value != 1 } == [:])
      let copy = try DatabaseCopy.router(product.services)
      defer { copy.close() }
      for row in try await copy.rows("SELECT id FROM messages WHERE direction = 'inbound'", columns: 1) {
        #expect(count["received \(row[0] ?? "")"] == 1, "\(row[0] ?? "") was not told of")
      }
      let steps = try await copy.rows(
        "SELECT message_id, status FROM message_statuses WHERE status IN ('sent', 'delivered', 'read')", columns: 2)
      for row in steps { #expect(count["\(row[0] ?? "") \(row[1] ?? "")"] == 1, "\(row) was not told of") }
      for row in try await copy.rows(
        "SELECT conversation_id, CAST(number AS TEXT) FROM conversation_sessions", columns: 2)
      {
        #expect(count["started \(row[0] ?? "") \(row[1] ?? "")"] == 1, "\(row) was not told of")
      }
      #expect(try await copy.count("SELECT count(*) FROM event_outbox_refused") == 0)
      print("event kills: \(told.count) events, \(count.count) of them judged")
    }

    // MARK: People

    @Test func `a router killed while it erases people leaves nothing of them`() async throws {
      let people = Self.isFull ? 24 : 4
      var chance = Dice(seed: Self.seed)
      print("erasure kills: \(people) people, KILL_SEED=\(Self.seed)")
      try await Product.run { product in
        let (story, world) = (product.story, product.world)
        let shop = try await story.openShop()
        var names: [String] = []
        for number in 0..<people { names.append("+1555077\(1_000 + number)") }
        for (number, name) in names.enumerated() {
          let phone = try #require(PhoneDigits(name))
          for word in 0..<5 {
            try world.customers.send("secretword\(number)x \(word)", from: phone, to: shop.number)
          }
          _ = try world.sendMedia(
            "image", TestImage.png(8, 8, filler: 50_000 + number), mimeType: "image/png",
            caption: "secretword\(number)x", from: phone, to: shop.number)
          try await story.converse("secretword\(number)x last", with: shop, from: name)
          // And gets a file that nobody else gets.
          let file = try await story.upload(TestImage.png(8, 8, filler: 60_000 + number), "image/png", of: shop)
          try await story.call(
            "POST", "/v1/messages",
            ["sender_id": .string(shop.sender), "to": .string(name), "image": ["media_id": .string(file)]])
        }
        try await eventually(within: .seconds(30), "Meta has the files") { world.media.uploads.count == people }
        let folder = product.services.files.dataDirectory(.messagingRouter) + "/media"
        try await eventually(within: .seconds(30), "the pictures are here") { Self.files(folder).count == 2 * people }
        // The last one stays.
        for name in names.dropLast() {
          let found = try await story.call("GET", "/v1/contacts?phone_number=%2B\(name.dropFirst())")
          let contact = found["data"]?[0]?["id"]?.string ?? ""
          try await story.call("DELETE", "/v1/contacts/\(contact)")
          try await Self.dieSoon(product, &chance)
          try await eventually(within: .seconds(30), "\(name) is erased") {
            let answer = try await story.api.call("GET", "/v1/contacts/\(contact)/erasure", token: story.key)
            return answer.body["state"] == "done"
          }
        }
        // What the business itself uploaded is the business's; Meta's copies of it go.
        try await eventually(within: .seconds(30), "the files are gone") { Self.files(folder).count == people + 1 }
        try await eventually(within: .seconds(30), "Meta's copies are gone") { world.media.uploads.count == 1 }
        try await eventually(within: .seconds(30), "their events are blanked") {
          let told = "\(try await Self.events(story))"
          return names.indices.dropLast().allSatisfy { !told.contains("secretword\($0)x") }
        }
        try await product.services.stop()
        let bytes = try product.services.files.databaseBytes(.messagingRouter)
        for (number, name) in names.enumerated() {
          let isKept = number == people - 1
          #expect(bytes.contains("secretword\(number)x") == isKept, "words of \(name)")
          #expect(bytes.contains(String(name.dropFirst())) == isKept, "the number \(name)")
        }
        let copy = try DatabaseCopy.router(product.services)
        defer { copy.close() }
        let left = try await copy.count("SELECT count(*) FROM contacts")
        // The one who stays, and the one who tried the shop out.
        #expect(left == 2)
      }
    }

    // MARK: Media

    @Test func `a router killed while it fetches keeps every medium once, or says why not`() async throws {
      let (pictures, kills) = Self.isFull ? (120, 12) : (24, 3)
      var chance = Dice(seed: Self.seed)
      print("media kills: \(pictures) pictures, \(kills) kills, KILL_SEED=\(Self.seed)")
      try await Product.run { product in
        let (story, world) = (product.story, product.world)
        let shop = try await story.openShop()
        let slow = Fault.Parameters(milliseconds: 80)
        try world.faults.order(
          Fault(.closeAfterReading, at: "graph.media_host", count: nil, probability: 0.1))
        try world.faults.order(Fault(.delay, at: "graph.media_host", count: nil, probability: 1, parameters: slow))
        var hashes: Set<String> = []
        let customer = try #require(PhoneDigits(Story.customer))
        for number in 0..<pictures {
          let picture = TestImage.png(8, 8, filler: 100_000 + number)
          hashes.insert(Hex.encode(SHA256.hash(picture)))
          _ = try world.sendMedia("image", picture, mimeType: "image/png", from: customer, to: shop.number)
        }
        let wrong = TestImage.png(8, 8, filler: 90_000)
        _ = try world.sendMedia(
          "image", wrong, mimeType: "image/png", fault: .wrongHash, from: customer, to: shop.number)
        let folder = product.services.files.dataDirectory(.messagingRouter) + "/media"
        for number in 1...kills {
          try await eventually(within: .seconds(60), "part \(number) of the pictures is here") {
            Self.files(folder).count >= pictures * number / (kills + 2)
          }
          try await Self.dieSoon(product, &chance)
        }
        try await eventually(within: .seconds(90), "all are here") { Self.files(folder).count == pictures }
        try await eventually(within: .seconds(60), "the wrong one is given up") {
          try await Self.media(shop, story).contains { $0["state"] == "failed" }
        }
        let told = try await Self.media(shop, story)
        #expect(told.count == pictures + 1)
        #expect(told.filter { $0["state"] == "failed" }.map { $0["error"]?["code"]?.string } == ["MEDIA_HASH_MISMATCH"])
        let available = told.filter { $0["state"] == "available" }.compactMap { $0["sha256"]?.string }
        #expect(available.count == pictures && Set(available) == hashes)
        try await product.services.stop()
        #expect(Set(Self.files(folder)) == hashes)
        // Made with the first file.
        if FileManager.default.fileExists(atPath: folder + "/incoming") {
          #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/incoming").isEmpty)
        }
        let copy = try DatabaseCopy.router(product.services)
        defer { copy.close() }
        #expect(try await copy.count("SELECT files FROM media_totals") == pictures)
      }
    }

    /// What became of the media of the shop's messages.
    private static func media(_ shop: Story.Shop, _ story: Story) async throws -> [JSONValue] {
      var all: [JSONValue] = []
      var cursor = ""
      repeat {
        let page = try await story.call(
          "GET", "/v1/messages?sender_id=\(shop.sender)&limit=100" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
        for message in page["data"]?.array ?? [] {
          guard let id = message["content"]?["image"]?["media_id"]?.string else { continue }
          all.append(try await story.call("GET", "/v1/media/\(id)"))
        }
        cursor = page["next_cursor"]?.string ?? ""
      } while !cursor.isEmpty
      return all
    }

    /// The names of complete files: a folder for each of the first two bytes.
    private static func files(_ folder: String) -> [String] {
      guard let all = FileManager.default.enumerator(atPath: folder) else { return [] }
      return all.compactMap { $0 as? String }.compactMap { path in
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return name.utf8.count == 64 ? name : nil
      }
    }
  }
}
