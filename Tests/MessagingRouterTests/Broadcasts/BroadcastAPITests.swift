import Contracts
import Daemon
import JSON
import MessagingRouterHarness
import Outbound
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

@Suite struct BroadcastAPITests {
  let sender = TestSender()
  let stranger = TestSender(2, account: TestSender.stranger, portfolioID: "portfolio-2")

  /// A router that knows one template with a variable.
  private func run(
    _ settings: [String: String] = [:],
    _ body: (MessagingRouterHarness, RunningRouter, TemplateID) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run(settings, senders: [sender, stranger]) { harness, router in
      let templates = MetaTemplates(harness)
      templates.put(
        "sale", category: "MARKETING",
        components: [
          ["type": "BODY", "text": "Hello {{1}}, come in.", "example": ["body_text": [["Ann"]]]]
        ])
      // Each of the two senders brings about a reading of its own; another one may follow only later.
      try await router.hasSynced(times: 2)
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      let template = try #require(try await router.templates(sender).first)
      try await body(harness, router, template.id)
    }
  }

  private func call<C: Call>(_ router: RunningRouter, _ call: C, key: String? = nil) async throws -> C.Reply {
    try await router.caller.call(call, account: sender.account, key: key)
  }

  private func draft(_ router: RunningRouter, _ template: TemplateID) async throws -> BroadcastID {
    try await call(
      router,
      MessagingRouterAPI.CreateBroadcast(
        senderID: sender.id, templateID: template, name: "Sale", variables: ["1": "you"])
    ).id
  }

  private func put(_ file: String, _ url: String, type: String = "text/csv") async throws -> OutboundResponse {
    let http = HTTPClient(HTTPClientConfiguration(perHostConcurrency: 2, totalConcurrency: 2, allowPlainHTTP: true))
    defer { http.close() }
    return try await http.send(
      OutboundRequest(
        method: "PUT", url: url, headers: [(name: "Content-Type", value: type)], body: Array(file.utf8)))
  }

  private func code(_ response: OutboundResponse) -> String {
    (try? JSONDocument(parsing: response.body))?.root["code"]?.string ?? "\(response.status)"
  }

  @Test func `a file becomes recipients, each gets the template with its values, and the counts follow`()
    async throws
  {
    try await run { harness, router, template in
      let id = try await draft(router, template)
      let link = try await call(router, MessagingRouterAPI.CreateBroadcastUpload(id: id)).uploadURL
      let lines = [
        "\u{FEFF}to,name,1", "+49 1511 2345678,Ann,\"Ann \"\"A\"\"\"", "hello,Bob,Bob", "+4915112345679,,",
        "+4915112345679,Eve,Eve", "+4915112345680,Dan", "",
      ]
      let file = lines.joined(separator: "\r\n")
      let answer = try await put(file, link)
      #expect(answer.status == 200)
      let report = try JSONCoder.decode(BroadcastUpload.self, from: answer.body)
      #expect([report.accepted, report.updated, report.duplicates, report.rejected] == [2, 0, 1, 2])
      #expect(report.errors.map(\.line) == [3, 6])
      #expect(report.errors.map(\.code) == ["PHONE_INVALID", "COLUMNS_WRONG"])
      let errors = try await call(router, MessagingRouterAPI.ListBroadcastErrors(id: id))
      #expect(errors.data == report.errors)
      // The same again: nobody is in it twice.
      let again = try JSONCoder.decode(BroadcastUpload.self, from: try await put(file, link).body)
      #expect([again.accepted, again.updated, again.duplicates, again.rejected] == [0, 2, 1, 2])
      let before = try await call(router, MessagingRouterAPI.GetBroadcast(id: id))
      #expect(before.counts == BroadcastCounts(pending: 2))
      #expect(before.rejectedLines == 2)
      #expect(try await call(router, MessagingRouterAPI.GetBroadcastForecast(id: id)).countingRecipients == 2)

      let started = try await call(router, MessagingRouterAPI.StartBroadcast(id: id))
      #expect(started.state == .running)
      #expect(try await call(router, MessagingRouterAPI.StartBroadcast(id: id)).startedAt == started.startedAt)
      try await eventually("it is over") {
        try await call(router, MessagingRouterAPI.GetBroadcast(id: id)).state == .completed
      }
      let done = try await call(router, MessagingRouterAPI.GetBroadcast(id: id))
      #expect(done.counts == BroadcastCounts(sent: 2))
      let texts = try await router.text("SELECT text FROM messages WHERE broadcast_id = '\(id)' ORDER BY sequence")
      #expect(texts == ["Hello Ann \"A\", come in.", "Hello you, come in."])
      let message = try #require(
        try await call(router, MessagingRouterAPI.ListBroadcastRecipients(id: id)).data.first)
      #expect(message.state == .sent)
      let delivered = WebhookBody.status(
        "delivered", of: "wamid.of.\(message.messageID?.text ?? "")", callbackData: message.messageID?.text)
      try await router.webhook(WebhookBody.batch(number: sender.phoneNumberID, statuses: [delivered]))
      try await eventually("it has arrived") {
        try await call(router, MessagingRouterAPI.GetBroadcast(id: id)).counts
          == BroadcastCounts(sent: 1, delivered: 1)
      }
      let events = try await call(router, MessagingRouterAPI.ListBroadcastEvents(id: id)).data
      #expect(events.map(\.kind) == [.completed, .started, .uploaded, .uploaded, .created])
      #expect(code(try await put(file, link)) == "BROADCAST_NOT_DRAFT")
    }
  }

  @Test func `a broadcast does not start while a file is being read, and has all of it then`() async throws {
    try await run { harness, router, template in
      let id = try await draft(router, template)
      let link = try await call(router, MessagingRouterAPI.CreateBroadcastUpload(id: id)).uploadURL
      let path = try #require(link.firstRange(of: "/v1/").map { link[$0.lowerBound...] })
      let (first, second) = ("to,1\n+4915112345678,Ann\n", "+4915112345679,Bob\n")
      let socket = try RawSocket(port: UInt16(router.host.ports.http))
      try socket.send(
        "PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
          + "Content-Length: \(first.utf8.count + second.utf8.count)\r\n\r\n\(first)")
      try await eventually("its first half is in") { try await router.count("broadcast_recipients") == 1 }
      let start = MessagingRouterAPI.StartBroadcast(id: id)
      #expect(await reason { _ = try await call(router, start) } == "failed_precondition UPLOAD_IN_PROGRESS")
      #expect(try await router.text("SELECT state FROM broadcasts") == ["draft"])
      try socket.send(second)
      #expect(try socket.receive(until: "\r\n").contains("200"))
      #expect(try await call(router, start).counts.pending == 2)
      // A file that was broken off holds nobody up either.
      let other = try await draft(router, template)
      let again = try await call(router, MessagingRouterAPI.CreateBroadcastUpload(id: other)).uploadURL
      #expect(self.code(try await put("phone\n", again)) == "CSV_HEADER_INVALID")
      #expect(try await router.text("SELECT uploading_since FROM broadcasts") == ["NULL", "NULL"])
    }
  }

  @Test func `files and links that cannot be right are refused with their reason`() async throws {
    try await run(["BROADCAST_MAX_RECIPIENTS": "3", "BROADCAST_MAX_BYTES": "2048"]) { harness, router, template in
      let id = try await call(
        router, MessagingRouterAPI.CreateBroadcast(senderID: sender.id, templateID: template, name: "Sale")
      ).id
      let link = try await call(router, MessagingRouterAPI.CreateBroadcastUpload(id: id)).uploadURL
      for (file, code) in [
        ("", "CSV_EMPTY"), ("phone,1\n", "CSV_HEADER_INVALID"), ("to,1,2\n", "CSV_COLUMN_UNKNOWN"),
        ("to,1,1\n", "CSV_COLUMN_REPEATED"), ("to,name\n", "CSV_COLUMN_MISSING"),
        ("to,1\n" + (0..<4).map { "+491511234567\($0),x\n" }.joined(), "BROADCAST_FULL"),
        ("to,1\n" + String(repeating: "x", count: 2_048), "HTTP_BODY_TOO_LARGE"),
      ] {
        #expect(self.code(try await put(file, link)) == code, "\(file.prefix(20))")
      }
      #expect(self.code(try await put("to,1\n", link, type: "image/png")) == "CONTENT_TYPE_UNSUPPORTED")
      #expect(self.code(try await put("to,1\n", link + "x")) == "LINK_INVALID")
      harness.time.advance(by: .seconds(601))
      #expect(self.code(try await put("to,1\n", link)) == "LINK_EXPIRED")
    }
  }

  @Test func `a list of recipients is taken in parts: the good ones are in, the bad ones are told`() async throws {
    try await run { harness, router, template in
      let id = try await draft(router, template)
      let report = try await call(
        router,
        MessagingRouterAPI.AddBroadcastRecipients(
          id: id,
          recipients: [
            .init(to: "+4915112345678", variables: ["1": "Ann"]), .init(to: "+4915112345679", variables: ["2": "x"]),
            .init(), .init(contactID: ContactID(trusted: "con_01KDXH0000AAAAAAAAAAAAAAAA")),
            .init(to: "+4915112345680", variables: ["1": "two\nlines"]),
          ]))
      #expect(report.accepted == 1)
      #expect(report.errors.map(\.line) == [2, 3, 4, 5])
      #expect(
        report.errors.map(\.code) == [
          "VARIABLE_UNKNOWN", "RECIPIENT_INVALID", "CONTACT_NOT_FOUND", "PARAMETER_FORMAT",
        ])
      #expect(
        await reason {
          _ = try await call(router, MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: []))
        } == "invalid_argument RECIPIENTS_OUT_OF_RANGE")
    }
  }

  @Test func `nobody reaches a broadcast of another account`() async throws {
    try await run { harness, router, template in
      let id = try await draft(router, template)
      @Sendable func other<C: Call>(_ call: C) async -> String {
        await reason { _ = try await router.caller.call(call, account: stranger.account) }
      }
      let gone = "not_found BROADCAST_NOT_FOUND"
      #expect(await other(MessagingRouterAPI.GetBroadcast(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.UpdateBroadcast(id: id, name: "x")) == gone)
      #expect(await other(MessagingRouterAPI.StartBroadcast(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.PauseBroadcast(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.ResumeBroadcast(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.CancelBroadcast(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.GetBroadcastForecast(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.ListBroadcastEvents(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.CreateBroadcastUpload(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.ListBroadcastRecipients(id: id)) == gone)
      #expect(await other(MessagingRouterAPI.ListBroadcastErrors(id: id)) == gone)
      #expect(
        await other(MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [.init(to: "+4915112345678")]))
          == gone)
      #expect(
        await other(
          MessagingRouterAPI.CreateBroadcast(senderID: stranger.id, templateID: template, name: "x"))
          == "not_found TEMPLATE_NOT_FOUND")
      let theirs = try await router.caller.call(MessagingRouterAPI.ListBroadcasts(), account: stranger.account)
      #expect(theirs.data == [])
      #expect(try await call(router, MessagingRouterAPI.ListBroadcasts(senderID: sender.id)).data.map(\.id) == [id])
    }
  }

  @Test func `a draft is changed by its version; variables that the template does not have are refused`() async throws {
    try await run { harness, router, template in
      let id = try await draft(router, template)
      let changed = try await call(
        router, MessagingRouterAPI.UpdateBroadcast(id: id, name: "Winter", variables: ["1": "all"], ifVersion: 1))
      #expect(changed.name == "Winter")
      #expect(changed.variables == ["1": "all"])
      #expect(changed.version == 2)
      #expect(
        await reason {
          _ = try await call(router, MessagingRouterAPI.UpdateBroadcast(id: id, name: "x", ifVersion: 1))
        } == "aborted VERSION_CHANGED")
      #expect(
        await reason {
          _ = try await call(router, MessagingRouterAPI.UpdateBroadcast(id: id, variables: ["9": "x"]))
        } == "invalid_argument VARIABLE_UNKNOWN")
    }
  }

  @Test func `every POST gives the same answer to the same key and has one effect`() async throws {
    try await run { harness, router, template in
      @Sendable func answer<C: Call>(_ call: C, _ key: String) async throws -> [UInt8] {
        try JSONCoder.encode(try await router.caller.call(call, account: sender.account, key: key))
      }
      func new() async throws -> BroadcastID {
        let id = try await draft(router, template)
        _ = try await call(
          router, MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [.init(to: "+4915112345678")]))
        return id
      }
      func waiting() async throws -> BroadcastID {
        let id = try await new()
        let later = Timestamp(milliseconds: harness.time.now + 86_400_000)
        _ = try await call(router, MessagingRouterAPI.UpdateBroadcast(id: id, startAt: .set(later)))
        _ = try await call(router, MessagingRouterAPI.StartBroadcast(id: id))
        return id
      }
      func paused() async throws -> BroadcastID {
        let id = try await waiting()
        _ = try await call(router, MessagingRouterAPI.PauseBroadcast(id: id))
        return id
      }
      let one = MessagingRouterAPI.AddBroadcastRecipients.Recipient(to: "+4915112345679")
      let id = try await new()
      let stories: [IdempotencyCheck.Story] = [
        .init(
          MessagingRouterAPI.CreateBroadcast(senderID: sender.id, templateID: template, name: "a"),
          other: MessagingRouterAPI.CreateBroadcast(senderID: sender.id, templateID: template, name: "b")),
        .init(
          MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [one]),
          other: MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [one, one])),
        .init(
          MessagingRouterAPI.CreateBroadcastUpload(id: id),
          other: MessagingRouterAPI.CreateBroadcastUpload(id: try await new())),
        .init(
          MessagingRouterAPI.StartBroadcast(id: try await waiting()),
          other: MessagingRouterAPI.StartBroadcast(id: try await waiting())),
        .init(
          MessagingRouterAPI.PauseBroadcast(id: try await waiting()),
          other: MessagingRouterAPI.PauseBroadcast(id: try await waiting())),
        .init(
          MessagingRouterAPI.ResumeBroadcast(id: try await paused()),
          other: MessagingRouterAPI.ResumeBroadcast(id: try await paused())),
        .init(
          MessagingRouterAPI.CancelBroadcast(id: try await new()),
          other: MessagingRouterAPI.CancelBroadcast(id: try await new())),
      ]
      #expect(IdempotencyCheck.uncovered(MessagingRouterAPI.broadcastCalls, by: stories) == [])
      let check = IdempotencyCheck(router.database) { try await answer($0, $1) }
      for story in stories { #expect(try await check.problems(with: story) == []) }
    }
  }
}
