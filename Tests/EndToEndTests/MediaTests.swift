import Contracts
import Crypto
import JSON
import SandboxWorld
import TestSupport
import Outbound
import Testing

extension EndToEnd {
  /// Pictures from customers to businesses and back.
  @Suite struct MediaTests {
    /// A picture that a customer has sent, as the conversation shows it: its medium's id.
    private static func received(_ wamid: String, _ shop: Story.Shop, _ story: Story) async throws -> String {
      var media = ""
      try await eventually(within: .seconds(30), "the message with its medium") {
        let page = try await story.call("GET", "/v1/messages?sender_id=\(shop.sender)&limit=100")
        let message = page["data"]?.array?.first { $0["meta_message_id"]?.string == wamid }
        media = message?["content"]?["image"]?["media_id"]?.string ?? ""
        return !media.isEmpty
      }
      return media
    }

    private static func wait(for state: String, of media: String, _ story: Story) async throws -> JSONValue {
      var seen: JSONValue = .null
      try await eventually(within: .seconds(30), "\(media) is \(state)") {
        seen = try await story.call("GET", "/v1/media/\(media)")
        return seen["state"]?.string == state
      }
      return seen
    }

    @Test func `a picture that a customer sends comes to the business byte for byte, by a link`() async throws {
      try await Product.run { product in
        let (story, world) = (product.story, product.world)
        let shop = try await story.openShop()
        let customer = try #require(PhoneDigits(Story.customer))
        let picture = TestImage.png(640, 480, filler: 200_000)
        for fault in [nil, World.MediaFault.endedAddress, .noAddress] {
          let wamid = try world.sendMedia(
            "image", picture, mimeType: "image/png", caption: "Look", fault: fault, from: customer, to: shop.number)
          let id = try await Self.received(wamid, shop, story)
          let media = try await Self.wait(for: "available", of: id, story)
          #expect(media["sha256"]?.string == Hex.encode(SHA256.hash(picture)))
          #expect(media["source"] == "inbound")
          let answer = try await story.fetch(media["url"]?.string ?? "")
          #expect(answer.body == picture)
          #expect(answer.headers["Content-Type"] == "image/png")
        }
        let wrong = try world.sendMedia(
          "image", picture, mimeType: "image/png", fault: .wrongHash, from: customer, to: shop.number)
        let id = try await Self.received(wrong, shop, story)
        let failed = try await Self.wait(for: "failed", of: id, story)
        #expect(failed["error"]?["code"] == "MEDIA_HASH_MISMATCH")
        #expect(failed["url"] == nil)
      }
    }

    @Test func `a picture that the business uploads reaches Meta byte for byte, once for many customers`() async throws
    {
      try await Product.run { product in
        let (story, world) = (product.story, product.world)
        let shop = try await story.openShop()
        let picture = TestImage.png(64, 48, filler: 100_000)
        let media = try await story.upload(picture, "image/png", of: shop)
        for number in 1...3 {
          let customer = "+1650555020\(number)"
          try await story.converse("hello \(number)", with: shop, from: customer)
          let message = try await story.call(
            "POST", "/v1/messages",
            [
              "sender_id": .string(shop.sender), "to": .string(customer),
              "image": ["media_id": .string(media), "caption": "New roses"],
            ])
          try await story.waitForReceipts(of: message["id"]?.string ?? "")
        }
        #expect(world.media.uploads.map(\.bytes) == [picture])
        #expect(world.media.uploads.first?.mimeType == "image/png")
      }
    }
  }
}
