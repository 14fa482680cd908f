import Contracts
import Crypto
import JSON
import Outbound
import SenderRegistryHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// Who changed what.
@Suite struct AuditTests {
  private static let sender = #"{"phone_number":"+14155550123","display_name":"Shop"}"#

  private func entries(_ harness: SenderRegistryHarness, _ query: String = "", key: String? = nil) async throws
    -> [JSONValue]
  {
    let answer = try await harness.request("GET", "/v1/audit-log" + query, key: key)
    #expect(answer.status == 200, "\(answer.json)")
    return answer.json["data"]?.array ?? []
  }

  private func created(_ harness: SenderRegistryHarness) async throws -> String {
    let answer = try await harness.request("POST", "/v1/senders", body: Self.sender)
    return try #require(answer.json["id"]?.string)
  }

  @Test func `a change is written down with who, what, and what came of it`() async throws {
    try await SenderRegistryHarness.run { harness in
      let answer = try await harness.request("POST", "/v1/senders", body: Self.sender)
      let id = try #require(answer.json["id"]?.string)
      _ = try await harness.request("GET", "/v1/senders/\(id)")
      let log = try await entries(harness)
      #expect(log.count == 1)
      let entry = try #require(log.first)
      let me = try await harness.request("GET", "/v1/me")
      #expect(entry["actor"] == me.json["key"]?["id"])
      #expect(entry["method"]?.string == "registry.sender.create" && entry["outcome"]?.string == "done")
      #expect(entry["status"]?.int64 == 201 && entry["targets"]?.array == [.string(id)])
      #expect(entry["request"]?["phone_number"]?.string == "+14155550123")
      #expect(entry["after"]?["id"]?.string == id && entry["after"]?["status"]?.string == "pending")
      // The reason's code is a word of ours, no secret.
      #expect(entry["after"]?["reasons"]?[0]?["code"]?.string == "SIGNUP_NEEDED")
      #expect(entry["request_id"]?.string == answer.headers["X-Request-Id"])
      #expect(entry["ended_at"]?.string != nil && entry["before"] == nil)
    }
  }

  @Test func `secrets are blanked and what was there before is kept`() async throws {
    try await SenderRegistryHarness.run { harness in
      let made = try await harness.request("POST", "/v1/keys", body: #"{"name":"Till","role":"viewer"}"#)
      let key = try #require(made.json["key"]?.string)
      let id = try #require(made.json["id"]?.string)
      let changed = try await harness.request("PATCH", "/v1/keys/\(id)", body: #"{"name":"Kiosk"}"#)
      let sender = try await created(harness)
      _ = try await harness.request(
        "POST", "/v1/senders/\(sender)/connect",
        body: #"{"code":"AQB-signup-code","waba_id":"1029","phone_number_id":"1065"}"#)
      let log = try await entries(harness)
      #expect(log.count == 4)
      #expect(log[0]["request"]?["code"]?.string == SecretBlanking.mark)
      #expect(log[0]["request"]?["waba_id"]?.string == "1029")
      #expect(log[2]["before"]?["name"]?.string == "Till" && log[2]["after"]?["name"]?.string == "Kiosk")
      #expect(log[2]["after"]?["version"] == changed.json["version"])
      #expect(log[3]["after"]?["key"]?.string == SecretBlanking.mark)
      let stored = try await harness.database.read {
        try $0.all("SELECT coalesce(request, '') || coalesce(before, '') || coalesce(after, '') FROM audit_log") {
          try $0.text(0)
        }
      }
      #expect(stored.count == 4 && !stored.joined().contains(key) && !stored.joined().contains("AQB"))
    }
  }

  @Test func `a refused change is written down as refused, one that never reached its owner not at all`() async throws {
    try await SenderRegistryHarness.run { harness in
      _ = try await created(harness)
      #expect(try await harness.request("POST", "/v1/senders", body: Self.sender).status == 409)
      #expect(try await harness.request("POST", "/v1/senders", body: "{").status == 400)
      #expect(try await harness.request("POST", "/v1/senders", body: Self.sender, key: "wsk_none").status == 401)
      // Its owner is down.
      #expect(try await harness.request("POST", "/v1/assistants", body: #"{"name":"A"}"#).status == 503)
      let log = try await entries(harness)
      #expect(log.map { $0["outcome"]?.string } == ["failed", "refused", "done"])
      #expect(log[1]["code"]?.string == "PHONE_NUMBER_IN_USE" && log[1]["after"] == nil)
    }
  }

  @Test func `nothing is changed when its entry cannot be written`() async throws {
    try await SenderRegistryHarness.run { harness in
      try await harness.database.write {
        try $0.execute("CREATE TRIGGER no_room BEFORE INSERT ON audit_log BEGIN SELECT raise(ABORT, 'full'); END")
      }
      #expect(try await harness.request("POST", "/v1/senders", body: Self.sender).status == 500)
      #expect(try await harness.call(SenderRegistryAPI.ListSenders()).data.isEmpty)
    }
  }

  @Test func `an entry whose end was lost is shown as unknown`() async throws {
    try await SenderRegistryHarness.run { harness in
      try await harness.database.write {
        try $0.execute("CREATE TRIGGER lost BEFORE UPDATE ON audit_log BEGIN SELECT raise(ABORT, 'lost'); END")
      }
      // The change itself was made, and its answer goes out.
      #expect(try await harness.request("POST", "/v1/senders", body: Self.sender).status == 201)
      let entry = try #require(try await entries(harness).first)
      #expect(entry["outcome"]?.string == "unknown" && entry["status"] == nil && entry["ended_at"] == nil)
      #expect(entry["request"]?["display_name"]?.string == "Shop")
      #expect(harness.log.ofEvent("audit.not_completed").count == 1)
    }
  }

  @Test func `only admins of the account read its log`() async throws {
    try await SenderRegistryHarness.run { harness in
      let (_, stranger) = try await harness.makeAccount("stranger")
      let (_, clerk) = try await harness.makeAccount("default", role: .operator)
      _ = try await created(harness)
      #expect(try await entries(harness, key: stranger).isEmpty)
      let refused = try await harness.request("GET", "/v1/audit-log", key: clerk)
      #expect(refused.status == 403 && refused.json["code"]?.string == "ROLE_TOO_LOW")
    }
  }

  @Test func `entries are found by who, what, which and when, a page at a time`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await created(harness)
      let clerk = try await harness.request("POST", "/v1/keys", body: #"{"name":"C","role":"admin"}"#)
      let (clerkID, clerkKey) = (clerk.json["id"]?.string ?? "", clerk.json["key"]?.string ?? "")
      for name in ["D", "E", "F"] {
        _ = try await harness.request("PATCH", "/v1/keys/\(clerkID)", body: #"{"name":"\#(name)"}"#, key: clerkKey)
      }
      _ = try await harness.request(
        "POST", "/v1/senders/\(sender)/connect", body: #"{"code":"A","waba_id":"1029"}"#, key: clerkKey)
      #expect(try await entries(harness).count == 6)
      #expect(try await entries(harness, "?actor=\(clerkID)").count == 4)
      #expect(try await entries(harness, "?method=registry.key.update").count == 3)
      #expect(
        try await entries(harness, "?target=\(sender)").map { $0["method"]?.string }
          == ["registry.sender.connect", "registry.sender.create"])
      #expect(try await entries(harness, "?target=\(sender)&actor=\(clerkID)").count == 1)
      #expect(try await entries(harness, "?target=snd_01JD0000000000000000000000").isEmpty)
      #expect(try await entries(harness, "?from=2001-01-01T00:00:00Z&to=2001-02-01T00:00:00Z").isEmpty)
      #expect(try await entries(harness, "?from=2001-01-01T00:00:00Z").count == 6)
      var seen: [String] = []
      var cursor = ""
      for _ in 0..<5 {
        let page = try await harness.request("GET", "/v1/audit-log?limit=4" + cursor)
        seen += page.json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
        guard let next = page.json["next_cursor"]?.string else { break }
        cursor = "&cursor=\(next)"
      }
      #expect(seen.count == 6 && Set(seen).count == 6)
      let bad = try await harness.request("GET", "/v1/audit-log?cursor=YWJj")
      #expect(bad.status == 400 && bad.json["code"]?.string == "CURSOR_INVALID")
    }
  }

  @Test func `a long value is cut and says so`() async throws {
    try await SenderRegistryHarness.run { harness in
      let long = String(repeating: "ä", count: AuditTrail.valueBytes)
      _ = try await harness.request("POST", "/v1/assistants", body: #"{"name":"A","instructions":"\#(long)"}"#)
      let entry = try #require(try await entries(harness).first)
      #expect(entry["request"]?["is_cut"]?.bool == true)
      #expect(entry["request"]?["bytes"]?.int64 ?? 0 > AuditTrail.valueBytes * 2)
      let beginning = entry["request"]?["beginning"]?.string ?? ""
      #expect(beginning.hasPrefix(#"{"name":"A""#) && beginning.utf8.count <= AuditTrail.valueBytes + 3)
    }
  }

  @Test func `old entries go a few at a time, and a page of large ones ends early`() async throws {
    try await SenderRegistryHarness.run(settings: ["AUDIT_KEEP_DAYS": "1"]) { harness in
      let account = try await harness.account.text
      let value = #"{"x":"\#(String(repeating: "y", count: AuditTrail.valueBytes - 10))"}"#
      func add(_ count: Int, at moment: Int64) async throws {
        try await harness.database.write { connection in
          for _ in 0..<count {
            let entry = AuditRow.Beginning(
              id: AuditID(trusted: "aud_" + ULID.make(milliseconds: 1)), account: account, actor: "key_x",
              method: "registry.sender.update", targets: ["snd_x"], request: value, before: value, requestID: nil,
              at: moment)
            _ = try AuditRow.begin(entry, oldest: nil, connection)
          }
        }
      }
      try await add(AuditRow.deletedPerWrite + 20, at: 1)
      let first = try await harness.request("GET", "/v1/audit-log?limit=100")
      let shown = first.json["data"]?.array?.count ?? 0
      #expect(shown >= 10 && shown <= AuditRow.pageBytes / (2 * AuditTrail.valueBytes) + 1)
      #expect(first.json["next_cursor"]?.string != nil)
      _ = try await created(harness)
      func count(_ table: String) async throws -> Int {
        try await harness.database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } } ?? -1
      }
      #expect(try await count("audit_log") == 21)
      // What they named went with them.
      #expect(try await count("audit_targets") == 21)
    }
  }

  @Test func `what is its own record is not written down twice`() throws {
    let send = try #require(RESTEndpoint(MessagingRouterAPI.SendMessage.self, owner: .messagingRouter))
    #expect(!send.isAudited)
    // A message, a medium and a recipient are rows that say who made them; reading at Meta and rendering change nothing.
    let own: Set<String> = [
      "messaging.message.send", "messaging.message.send_text", "messaging.template.send", "messaging.message.cancel",
      "messaging.message.mark_read", "messaging.media.create", "messaging.template.preview",
      "messaging.template.sync", "messaging.recipient.add",
    ]
    for contract in ServiceContracts.all {
      for call in contract.calls {
        guard let endpoint = RESTEndpoint(call, owner: contract.owner) else { continue }
        let isChange = endpoint.route.method != .get
        #expect(endpoint.isAudited == (isChange && !own.contains(endpoint.method)), "\(endpoint.method)")
      }
    }
  }

  /// An erased person is nowhere, and the log is out of an erasure's reach.
  @Test func `no entry about a contact or a message keeps who it was or what was said`() throws {
    var seen: Set<String> = []
    for call in MessagingRouterAPI.calls {
      guard let endpoint = RESTEndpoint(call, owner: .messagingRouter), endpoint.isAudited else { continue }
      guard Self.repliesAbout(call) else { continue }
      seen.insert(endpoint.method)
      #expect(MessagingRouterAPI.personalFields.isSubset(of: endpoint.secretFields), "\(endpoint.method)")
    }
    #expect(seen.isSuperset(of: ["messaging.contact.set_preferences", "messaging.message.resolve"]))
    let contact = Contact(
      id: ContactID(trusted: "con_1"), userID: "DE.1", phoneNumber: PhoneNumber(trusted: "+491510000001"), name: "Ann",
      username: "ann.flowers", isOptedOut: true)
    let kept = AuditTrail.text(
      try JSONCoder.encode(contact), MessagingRouterAPI.SetContactPreferences.secretFields, showsCodes: true)
    #expect(kept.contains("con_1") && kept.contains("\"is_opted_out\":true"))
    for word in ["DE.1", "491510000001", "Ann", "ann.flowers"] { #expect(!kept.contains(word), "\(word)") }
    let asked = AuditTrail.text(
      try JSONCoder.encode(
        MessagingRouterAPI.SetContactPreferences(id: contact.id, isOptedOut: true, note: "called us")),
      MessagingRouterAPI.SetContactPreferences.secretFields, showsCodes: false)
    #expect(asked.contains("con_1") && !asked.contains("called us"))
  }

  /// What an endpoint answers may repeat what it was sent.
  @Test func `no entry about webhooks keeps what an endpoint answered`() {
    var seen: Set<String> = []
    for call in ReceiptsAPI.calls {
      guard let endpoint = RESTEndpoint(call, owner: .receipts), endpoint.isAudited else { continue }
      guard Self.showsResponses(call) else { continue }
      seen.insert(endpoint.method)
      #expect(endpoint.secretFields.contains("response"), "\(endpoint.method)")
    }
    #expect(seen.isSuperset(of: ["receipts.delivery.replay", "receipts.webhook.test"]))
  }

  private static func showsResponses<C: Call>(_ call: C.Type) -> Bool {
    C.Reply.self == Delivery.self || C.Reply.self == WebhookTest.self || C.Reply.self == DeliveryAttempt.self
      || C.Reply.self == Page<Delivery>.self || C.Reply.self == Page<LoggedAttempt>.self
  }

  private static func repliesAbout<C: Call>(_ call: C.Type) -> Bool {
    C.Reply.self == Contact.self || C.Reply.self == Message.self
  }

  @Test func `what an earlier version kept of people is blanked by the update`() async throws {
    let directory = try TemporaryDirectory()
    let earlier = Array(Schema.migrations.prefix { $0.name != Schema.blankedAudits.name })
    let old = try TemporaryDatabase(earlier, in: directory)
    try await old.database.write { connection in
      for (number, method) in ["messaging.contact.set_preferences", "registry.sender.create"].enumerated() {
        try connection.execute(
          """
          INSERT INTO audit_log (id, account_id, actor, method, request, before, after, at)
          VALUES (?, 'acc_1', 'key_1', ?, '{"id":"con_1","note":"Ann"}', '{"name":"Ann"}', '{"name":"Ann"}', 1)
          """, "aud_\(number)", method)
      }
    }
    old.database.close()
    let new = try TemporaryDatabase(Schema.migrations, in: directory)
    let kept = try await new.database.read {
      try $0.all("SELECT request || coalesce(before, '') || coalesce(after, '') FROM audit_log ORDER BY id") {
        try $0.text(0)
      }
    }
    #expect(kept.first == #"{"id":"con_1"}"# && kept.last?.contains("Ann") == true)
    new.database.close()
  }

  // MARK: Blanking

  @Test(arguments: [
    (#"{"code":"AQB","waba_id":"1"}"#, false, #"{"code":"…","waba_id":"1"}"#),
    (#"{"reasons":[{"code":"SIGNUP_NEEDED"}]}"#, true, #"{"reasons":[{"code":"SIGNUP_NEEDED"}]}"#),
    (#"{"code":"SIGNUP_NEEDED"}"#, false, #"{"code":"…"}"#),
    (#"{"code":"123456"}"#, true, #"{"code":"…"}"#),
    (#"{"a":{"access_token":["t"]},"pin":null}"#, true, #"{"a":{"access_token":"…"},"pin":null}"#),
    (#"{"phone_number":"+1","url":"https://x/?t=1"}"#, true, #"{"phone_number":"+1","url":"…"}"#),
  ])
  func `what opens a door is blanked wherever it stands`(json: String, showsCodes: Bool, expected: String) {
    let blanked = SecretBlanking.blanked(Array(json.utf8), more: ["url"], showsCodes: showsCodes)
    #expect(blanked.map { String(decoding: $0, as: UTF8.self) } == expected)
  }
}
