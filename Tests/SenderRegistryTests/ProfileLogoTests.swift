import Store
import Wire
import Daemon
import Contracts
import Crypto
import JSON
import Outbound
import SenderRegistryHarness
import Testing
import TestSupport

@testable import SenderRegistry

@Suite struct ProfileLogoTests {
  private static let image = TestImage.png(200, 200, filler: 60)

  /// Bytes over the REST API.
  private func send(
    _ harness: SenderRegistryHarness, _ method: String, _ id: SenderID, _ body: [UInt8] = [],
    type: String = "image/png", headers: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
    var all = [(name: "Authorization", value: "Bearer " + harness.adminKey)] + headers
    if !body.isEmpty { all.append((name: "Content-Type", value: type)) }
    return try await HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true)).send(
      OutboundRequest(
        method: method, url: "http://127.0.0.1:\(harness.host.ports.http)/v1/senders/\(id)/logo", headers: all,
        body: body, limits: OutboundLimits(responseBytes: 6 << 20)))
  }

  private func json(_ response: OutboundResponse) throws -> JSONValue { try JSONValue(parsing: response.body) }

  @Test func `a logo goes to Meta in three steps and comes back as it was`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let put = try await send(harness, "PUT", id, Self.image, type: "image/jpeg")
      let answer = try json(put)
      #expect(put.status == 200, "\(answer)")
      // The bytes say what it is, whatever the header said.
      #expect(answer["logo"]?["content_type"] == "image/png" && answer["logo"]?["state"] == "synced", "\(answer)")
      #expect(answer["logo"]?["sha256"]?.string == Hex.encode(SHA256.hash(Self.image)))
      #expect(answer["logo"]?["width"] == 200 && answer["state"] == "synced" && answer["has_picture"] == true)
      let meta = harness.graph.profile
      #expect(meta.uploads["upload:1"]?.bytes == Self.image && meta.uploadHeaders == ["OAuth  0"])
      #expect(meta.posts == [["messaging_product": "whatsapp", "profile_picture_handle": "4::1"]])
      let got = try await send(harness, "GET", id)
      #expect(got.body == Self.image && got.headers["Content-Type"] == "image/png")
      #expect(got.headers["X-Content-Type-Options"] == "nosniff")
      // The same again is no work.
      #expect(try await send(harness, "PUT", id, Self.image).status == 200)
      #expect(harness.graph.profile.uploads.count == 1)
    }
  }

  @Test func `what cannot be a logo is refused with the fix`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.createSender().id
      let bad: [([UInt8], String)] = [
        (TestImage.png(300, 200), "LOGO_NOT_SQUARE"), (TestImage.png(100, 100), "LOGO_TOO_SMALL"),
        (Array("GIF89a.........".utf8), "LOGO_FORMAT_UNKNOWN"), (Array(Self.image.dropLast(2)), "LOGO_TRUNCATED"),
      ]
      for (image, code) in bad {
        let response = try await send(harness, "PUT", id, image)
        let problem = try json(response)
        #expect(response.status == 400 && problem["code"]?.string == code, "\(problem)")
      }
      #expect(try await send(harness, "PUT", id).status == 400)
      #expect(
        try json(try await send(harness, "PUT", id, Self.image, type: "text/plain"))["code"] == "CONTENT_TYPE_INVALID")
      #expect(try await send(harness, "GET", id).status == 404)
    }
  }

  @Test func `five megabytes pass, and one byte more does not`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.createSender().id
      let frame = TestImage.png(200, 200, filler: 0).count
      let largest = TestImage.png(200, 200, filler: SenderRegistryAPI.logoBytes - frame)
      #expect(largest.count == SenderRegistryAPI.logoBytes)
      let taken = try await send(harness, "PUT", id, largest)
      #expect(taken.status == 200)
      #expect(try json(taken)["logo"]?["state"] == "draft")
      #expect(try await send(harness, "GET", id).body.count == largest.count)
      let tooLong = TestImage.png(200, 200, filler: SenderRegistryAPI.logoBytes - frame + 1)
      #expect(try await send(harness, "PUT", id, tooLong).status == 413)
    }
  }

  @Test func `transparency is warned of`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.createSender().id
      let answer = try json(try await send(harness, "PUT", id, TestImage.png(200, 200, colour: 6)))
      #expect(answer["warnings"]?[0]?["code"] == "LOGO_TRANSPARENT", "\(answer)")
    }
  }

  @Test func `a refused picture holds back no text, and another picture is tried`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order(
        "POST /4711/uploads", .error(100, "(#100) file_type is not supported"), .error(100, "(#100) Invalid picture"))
      let refused = try json(try await send(harness, "PUT", id, Self.image))
      #expect(refused["state"] == "refused" && refused["logo"]?["state"] == "refused", "\(refused)")
      #expect(refused["refusal"]?["field"] == "logo")
      harness.graph.order(
        "POST " + ScriptedGraph.profilePath, .error(100, "(#100) Param about is bad"))
      // A change tries everything again: this time the text and the picture are refused.
      let both = try await harness.change(id) { $0.about = .set("A") }
      #expect(both.unsent == ["about", "logo"])
      let synced = try json(try await send(harness, "PUT", id, TestImage.jpeg(640, 640)))
      #expect(synced["state"] == "synced" && synced["logo"]?["content_type"] == "image/jpeg", "\(synced)")
      #expect(harness.graph.profile.fields["about"] == "A")
    }
  }

  @Test func `a handle that Meta refuses is made anew once`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order("POST " + ScriptedGraph.profilePath, .error(100, "(#100) Invalid handle"))
      #expect(try json(try await send(harness, "PUT", id, Self.image))["state"] == "synced")
      #expect(harness.graph.profile.picture == "4::2")
    }
  }

  @Test func `deleting forgets our copy and says that WhatsApp keeps showing it`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      _ = try await send(harness, "PUT", id, Self.image)
      let deleted = try json(try await send(harness, "DELETE", id))
      #expect(deleted["logo"] == nil && deleted["warnings"]?[0]?["code"] == "PICTURE_STAYS", "\(deleted)")
      #expect(try await send(harness, "GET", id).status == 404)
      #expect(try await send(harness, "DELETE", id).status == 200)
    }
  }

  @Test func `a picture that Meta lost is drift, and uploading it again brings it back`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      _ = try await send(harness, "PUT", id, Self.image)
      harness.graph.changeProfile { $0.picture = nil }
      let drifted = try await harness.call(SenderRegistryAPI.SyncProfile(id: id))
      #expect(drifted.state == .drifted && drifted.logo?.state == .missing && drifted.drift.map(\.field) == ["logo"])
      #expect(try json(try await send(harness, "PUT", id, Self.image))["state"] == "synced")
      #expect(harness.graph.profile.picture == "4::2")
    }
  }

  @Test func `another account's logo is not found, and a viewer may look only`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.createSender().id
      _ = try await send(harness, "PUT", id, Self.image)
      let (_, other) = try await harness.makeAccount("other")
      let get = try await harness.request("GET", "/v1/senders/\(id)/logo", key: other)
      let delete = try await harness.request("DELETE", "/v1/senders/\(id)/logo", key: other)
      #expect(get.status == 404 && delete.status == 404)
      let (_, viewer) = try await harness.makeAccount("viewers", role: .viewer)
      #expect(try await harness.request("DELETE", "/v1/senders/\(id)/logo", key: viewer).status == 403)
    }
  }
}
