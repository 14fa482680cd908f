import Contracts
import Crypto
import JSON
import MessagingRouterHarness
import Outbound
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// Examples of headers by files of ours: Meta gets handles of its own.
@Suite struct TemplateExampleTests {
  let sender = TestSender()

  private func run(
    _ settings: [String: String] = [:], prepare: (MetaTemplates) -> Void = { _ in },
    _ body: (MessagingRouterHarness, RunningRouter, MetaTemplates) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run(settings) { harness, router in
      let meta = MetaTemplates(harness)
      prepare(meta)
      harness.registry.publish(sender)
      try await router.hasSynced()
      try await body(harness, router, meta)
    }
  }

  private func upload(
    _ router: RunningRouter, _ bytes: [UInt8] = SampleMedia.png, _ type: String = "image/png"
  ) async throws -> MediaID {
    let announced = try await router.caller.call(
      MessagingRouterAPI.CreateMedia(senderID: sender.id, mimeType: type, filename: "roses.bin"),
      account: sender.account)
    let link = try #require(announced.uploadURL)
    #expect(try await router.fetch(link, method: "PUT", body: bytes).status == 200)
    return announced.id
  }

  private func header(_ id: MediaID, _ format: TemplateHeaderFormat = .image) -> TemplateComponent {
    TemplateComponent(.header, format: format, example: TemplateExample(headerMediaID: id))
  }

  private static let body = TemplateComponent(.body, text: "Your order is ready.")

  private func creation(_ components: [TemplateComponent]) -> MessagingRouterAPI.CreateTemplate {
    MessagingRouterAPI.CreateTemplate(
      senderID: sender.id, name: "roses", language: "en_US", category: .utility, components: components)
  }

  @discardableResult
  private func create(
    _ router: RunningRouter, _ components: [TemplateComponent], key: String? = nil
  ) async throws(CallFailure) -> Template {
    try await router.caller.call(creation(components), account: sender.account, key: key)
  }

  @Test func `a file of ours becomes Meta's handle, and its bytes are there before the template`() async throws {
    try await run { _, router, meta in
      let file = try await upload(router)
      let made = try await create(router, [header(file), Self.body], key: "k")
      #expect(made.status == .pending)
      let upload = try #require(meta.uploads.values.first)
      #expect(upload.bytes == SampleMedia.png && upload.announced == "roses.bin \(SampleMedia.png.count) image/png")
      #expect(upload.authorization == "OAuth \(sender.token)")
      let example = try #require(meta.template("roses")?["components"]?[0]?["example"])
      #expect(example == ["header_handle": [.string(upload.handle)]])
      // The same key again: nothing is uploaded, nothing made.
      #expect(try await create(router, [header(file), Self.body], key: "k") == made)
      #expect(meta.uploads.count == 1 && meta.count("POST message_templates") == 1)
    }
  }

  @Test func `cards that show one file have it uploaded once, and a cut upload goes on where Meta says`() async throws {
    try await run { _, router, meta in
      let file = try await upload(router)
      meta.cutUploads(after: 100)
      let cards = (0..<2).map { _ in
        TemplateCard(components: [
          header(file), TemplateComponent(.body, text: "Roses for you."),
          TemplateComponent(.buttons, buttons: [TemplateButton(.quickReply, text: "Yes")]),
        ])
      }
      try await create(router, [Self.body, TemplateComponent(.carousel, cards: cards)])
      #expect(meta.uploads.count == 1 && meta.uploads.values.first?.bytes == SampleMedia.png)
      let made = try #require(meta.template("roses")?["components"]?[1]?["cards"]?.array)
      let handle = JSONValue.string(meta.uploads.values.first?.handle ?? "")
      #expect(
        made.map { $0["components"]?[0]?["example"] } == Array(repeating: ["header_handle": [handle]], count: 2))
    }
  }

  @Test func `an edit gives its examples too, and uploads nothing when it is refused`() async throws {
    try await run {
      $0.put("roses", status: "REJECTED", id: "77")
    } _: { _, router, meta in
      let template = try #require(try await router.templates(sender).first)
      let file = try await upload(router)
      var edit = MessagingRouterAPI.UpdateTemplate(id: template.id, components: [header(file), Self.body])
      edit.ifVersion = template.version + 7
      let late = edit
      #expect(
        await reason { _ = try await router.caller.call(late, account: sender.account) }
          == "aborted VERSION_CHANGED")
      #expect(meta.uploads.isEmpty)
      edit.ifVersion = nil
      _ = try await router.caller.call(edit, account: sender.account)
      let handle = JSONValue.string(try #require(meta.uploads.values.first?.handle))
      #expect(meta.count("POST 77") == 1)
      #expect(meta.template("roses")?["components"]?[0]?["example"] == ["header_handle": [handle]])
    }
  }

  @Test func `what cannot be an example is told before Meta is asked`() async throws {
    try await run { harness, router, meta in
      let file = try await upload(router)
      let field = "components[0].example.header_media_id"
      func refused(_ components: [TemplateComponent], account: String? = nil) async -> String {
        do throws(CallFailure) {
          _ = try await router.caller.call(creation(components), account: account ?? sender.account)
          return "none"
        } catch {
          return "\(error.reason) \(error.details?["field"]?.string ?? "")"
        }
      }
      #expect(await refused([header(.example), Self.body]) == "MEDIA_NOT_FOUND \(field)")
      #expect(await refused([header(file, .video), Self.body]) == "TEMPLATE_INVALID \(field)")
      try await router.database.write { connection in
        try connection.execute("UPDATE media SET bytes = ?", TemplateExamples.mostBytes + 1)
      }
      #expect(await refused([header(file, .document), Self.body]) == "TEMPLATE_INVALID \(field)")
      // Somebody else's file is no file.
      var stranger = TestSender(2, account: TestSender.stranger)
      stranger.wabaID = "waba-2"
      harness.registry.publish(stranger)
      try await router.knows(stranger)
      var call = creation([header(file), Self.body])
      call.senderID = stranger.id
      let theirs = call
      #expect(
        await reason { _ = try await router.caller.call(theirs, account: stranger.account) }
          == "not_found MEDIA_NOT_FOUND")
      #expect(meta.uploads.isEmpty && meta.count("POST message_templates") == 0)
    }
  }

  @Test func `without an app it is said that a handle is needed`() async throws {
    try await run(["META_APP_ID": ""]) { _, router, meta in
      let file = try await upload(router)
      #expect(
        await reason { try await create(router, [header(file), Self.body]) }
          == "failed_precondition EXAMPLE_UPLOAD_UNAVAILABLE")
      #expect(meta.uploads.isEmpty)
    }
  }

  @Test func `when Meta takes no upload the template is not made, and may be made anew`() async throws {
    try await run { _, router, meta in
      let file = try await upload(router)
      meta.order("POST uploads", .error(131_000))
      let failure = await reason { try await create(router, [header(file), Self.body], key: "k") }
      #expect(failure == "invalid_argument TEMPLATE_REFUSED")
      #expect(await reason { try await create(router, [header(file), Self.body], key: "k") } == failure)
      #expect(meta.count("POST message_templates") == 0)
      try await create(router, [header(file), Self.body])
      #expect(meta.names == ["roses"])
    }
  }
}
