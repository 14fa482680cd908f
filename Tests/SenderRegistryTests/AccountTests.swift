import Contracts
import Crypto
import JSON
import Store
import SenderRegistryHarness
import Testing
import TestSupport
import Wire

@testable import SenderRegistry

@Suite struct AccountTests {
  @Test func `no call of one account sees or touches a sender of another`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let (stranger, _) = try await harness.makeAccount("stranger")
      let id = sender.id
      func expectNotFound<C: Call>(_ call: C) async {
        let failure = await #expect(throws: CallFailure.self) { try await harness.call(call, account: stranger) }
        #expect(failure?.code == .notFound && failure?.reason == "SENDER_NOT_FOUND", "\(C.method)")
      }
      await expectNotFound(SenderRegistryAPI.GetSender(id: id))
      await expectNotFound(SenderRegistryAPI.UpdateSender(id: id, aiEnabled: true))
      await expectNotFound(
        SenderRegistryAPI.ConnectSender(id: id, code: "x", wabaID: "1", phoneNumberID: nil, businessID: nil))
      await expectNotFound(SenderRegistryAPI.ListOnboardingSteps(id: id))
      let page = try await harness.call(SenderRegistryAPI.ListSenders(), account: stranger)
      #expect(page.data.isEmpty)
      #expect(try await harness.call(SenderRegistryAPI.GetSender(id: id)).status == .pending)
      // The same number may be another account's sender: who owns it is proven at Meta.
      let theirs = try await harness.call(
        SenderRegistryAPI.CreateSender(phoneNumber: sender.phoneNumber, displayName: "Same"), account: stranger)
      #expect(theirs.id != id)
    }
  }

  @Test func `every call with a route wants an account`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let router = try harness.service.router
      let nobody = CallContext(caller: .senderRegistry)
      func expectRefused<C: Call>(_ call: C) async {
        let failure = await #expect(throws: CallFailure.self) { try await router.callLocally(call, nobody) }
        #expect(failure?.reason == "ACCOUNT_REQUIRED", "\(C.method)")
      }
      await expectRefused(SenderRegistryAPI.CreateSender(phoneNumber: sender.phoneNumber, displayName: "Shop"))
      await expectRefused(SenderRegistryAPI.GetSender(id: sender.id))
      await expectRefused(SenderRegistryAPI.ListSenders())
      await expectRefused(SenderRegistryAPI.UpdateSender(id: sender.id, aiEnabled: true))
      await expectRefused(
        SenderRegistryAPI.ConnectSender(id: sender.id, code: "x", wabaID: "1", phoneNumberID: nil, businessID: nil))
      await expectRefused(SenderRegistryAPI.ListOnboardingSteps(id: sender.id))
    }
  }

  @Test func `a list goes through its pages, newest first, each sender once`() async throws {
    try await SenderRegistryHarness.run { harness in
      var made: [SenderID] = []
      for index in 0..<7 { made.append(try await harness.createSender("+1415555020\(index)").id) }
      var seen: [SenderID] = []
      var cursor: String?
      for _ in 0..<4 {
        let page = try await harness.call(SenderRegistryAPI.ListSenders(limit: 3, cursor: cursor))
        seen += page.data.map(\.id)
        cursor = page.nextCursor
        if cursor == nil { break }
      }
      #expect(cursor == nil)
      #expect(seen == made.reversed())
      let failed = try await harness.call(SenderRegistryAPI.ListSenders(status: .failed))
      #expect(failed.data.isEmpty && failed.nextCursor == nil)
      for (limit, cursor, code) in [
        (0, nil, "LIMIT_OUT_OF_RANGE"), (101, nil, "LIMIT_OUT_OF_RANGE"), (5, "not!base64", "CURSOR_INVALID"),
        (5, "", "CURSOR_INVALID"),
      ] as [(Int, String?, String)] {
        let failure = await #expect(throws: CallFailure.self) {
          try await harness.call(SenderRegistryAPI.ListSenders(limit: limit, cursor: cursor))
        }
        #expect(failure?.reason == code)
      }
    }
  }

  @Test func `a number is one sender of an account`() async throws {
    try await SenderRegistryHarness.run { harness in
      let first = try await harness.createSender("+1 (415) 555-0123")
      #expect(first.phoneNumber.text == "+14155550123")
      let failure = await #expect(throws: CallFailure.self) { try await harness.createSender("+14155550123") }
      #expect(failure?.code == .alreadyExists && failure?.reason == "PHONE_NUMBER_IN_USE")
      #expect(failure?.details?["sender_id"]?.string == first.id.text)
    }
  }

  // MARK: Accounts themselves

  @Test func `the operator makes an account and its first key, and the account then helps itself`() async throws {
    try await SenderRegistryHarness.run { harness in
      let made = try await harness.request("POST", "/v1/accounts", body: #"{"name":" Agency "}"#)
      #expect(made.status == 201 && made.json["name"]?.string == "Agency")
      #expect(made.json["is_operator"]?.bool == false && made.json["is_enabled"]?.bool == true)
      let id = try #require(made.json["id"]?.string)
      let key = try await harness.request(
        "POST", "/v1/accounts/\(id)/keys", body: #"{"name":"First","role":"admin","rate_per_second":500}"#)
      #expect(key.status == 201 && key.json["rate_per_second"]?.int64 == 500)
      let text = try #require(key.json["key"]?.string)
      let me = try await harness.request("GET", "/v1/me", key: text)
      #expect(me.json["account"]?["id"]?.string == id && me.json["role"]?.string == "admin")
      #expect(
        try await harness.request("POST", "/v1/keys", body: #"{"name":"B","role":"viewer"}"#, key: text).status == 201)
      // Its own keys are at most as fast as the service's own rate.
      let fast = try await harness.request(
        "POST", "/v1/keys", body: #"{"name":"B","role":"viewer","rate_per_second":500}"#, key: text)
      #expect(fast.status == 400 && fast.json["code"]?.string == "RATE_OUT_OF_RANGE")
      let list = try await harness.request("GET", "/v1/accounts")
      #expect(list.json["data"]?.array?.map { $0["name"]?.string } == ["Agency", "default"])
    }
  }

  @Test func `only admin keys of the operator's account manage accounts`() async throws {
    try await SenderRegistryHarness.run { harness in
      let (account, tenant) = try await harness.makeAccount("tenant")
      let (_, clerk) = try await harness.makeAccount("default", role: .operator)
      let requests: [(String, String, String?)] = [
        ("POST", "/v1/accounts", #"{"name":"x"}"#), ("GET", "/v1/accounts", nil),
        ("GET", "/v1/accounts/\(account)", nil), ("PATCH", "/v1/accounts/\(account)", #"{"name":"x"}"#),
        ("POST", "/v1/accounts/\(account)/keys", #"{"name":"x","role":"admin"}"#),
      ]
      for (method, path, body) in requests {
        let theirs = try await harness.request(method, path, body: body, key: tenant)
        #expect(theirs.status == 403 && theirs.json["code"]?.string == "OPERATOR_ONLY", "\(method) \(path)")
        let low = try await harness.request(method, path, body: body, key: clerk)
        #expect(low.status == 403 && low.json["code"]?.string == "ROLE_TOO_LOW", "\(method) \(path)")
      }
      // Of other accounts it learns nothing, not even that they exist.
      let own = try await harness.account
      for (method, path, body) in [
        ("GET", "/v1/accounts/\(own)", nil), ("PATCH", "/v1/accounts/\(own)", #"{"name":"x"}"#),
        ("POST", "/v1/accounts/\(own)/keys", #"{"name":"x","role":"admin"}"#),
      ] as [(String, String, String?)] {
        let answer = try await harness.request(method, path, body: body, key: tenant)
        #expect(answer.status == 404 && answer.json["code"]?.string == "ACCOUNT_NOT_FOUND", "\(method) \(path)")
      }
      let missing = try await harness.request("GET", "/v1/accounts/acc_01JD0000000000000000000000")
      #expect(missing.status == 404 && missing.json["code"]?.string == "ACCOUNT_NOT_FOUND")
    }
  }

  @Test func `a disabled account's keys open nothing until it is enabled again`() async throws {
    try await SenderRegistryHarness.run { harness in
      let (account, tenant) = try await harness.makeAccount("tenant")
      let path = "/v1/accounts/\(account)"
      let off = try await harness.request("PATCH", path, body: #"{"is_enabled":false}"#)
      #expect(off.status == 200 && off.json["is_enabled"]?.bool == false && off.json["version"]?.int64 == 2)
      let refused = try await harness.request("GET", "/v1/senders", key: tenant)
      #expect(refused.status == 403 && refused.json["code"]?.string == "ACCOUNT_DISABLED")
      // A wrong key learns nothing of it.
      let wrong = try await harness.request("GET", "/v1/senders", key: APIKeyText.generate().string)
      #expect(wrong.status == 401)
      let stale = try await harness.request(
        "PATCH", path, body: #"{"is_enabled":true}"#, headers: [("If-Match", "\"1\"")])
      #expect(stale.status == 412)
      #expect(try await harness.request("PATCH", path, body: #"{"is_enabled":true}"#).status == 200)
      #expect(try await harness.request("GET", "/v1/senders", key: tenant).status == 200)
      let own = try await harness.request(
        "PATCH", "/v1/accounts/\(try await harness.account)", body: #"{"is_enabled":false}"#)
      #expect(own.status == 409 && own.json["code"]?.string == "OPERATOR_ACCOUNT")
    }
  }

  @Test func `account names are unlike each other, and a renamed operator stays the operator`() async throws {
    let harness = try await SenderRegistryHarness()
    let (account, _) = try await harness.makeAccount("tenant")
    let own = try await harness.account
    let taken = try await harness.request("POST", "/v1/accounts", body: #"{"name":"tenant"}"#)
    #expect(taken.status == 409 && taken.json["code"]?.string == "ACCOUNT_NAME_IN_USE")
    let same = try await harness.request("PATCH", "/v1/accounts/\(account)", body: #"{"name":"tenant"}"#)
    #expect(same.status == 200 && same.json["version"]?.int64 == 1)
    let long = try await harness.request(
      "POST", "/v1/accounts", body: #"{"name":"\#(String(repeating: "x", count: 81))"}"#)
    #expect(long.status == 400 && long.json["code"]?.string == "NAME_INVALID")
    #expect(try await harness.request("PATCH", "/v1/accounts/\(own)", body: #"{"name":"Platform"}"#).status == 200)
    await harness.stop(withGraph: false)
    let next = try await SenderRegistryHarness(files: harness.files, graph: harness.graph, adminKey: harness.adminKey)
    let me = try await next.request("GET", "/v1/me")
    #expect(me.json["account"]?["id"]?.string == own.text && me.json["account"]?["name"]?.string == "Platform")
    #expect(try await next.request("GET", "/v1/accounts").json["data"]?.array?.count == 2)
    await next.stop()
  }

  // MARK: Idempotency

  @Test func `a repeated key gets the first answer and another body is refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let call = SenderRegistryAPI.CreateSender(
        phoneNumber: try PhoneNumber(parsing: SenderRegistryHarness.number), displayName: "Shop")
      let first = try await harness.call(call, key: "k-1")
      #expect(try await harness.call(call, key: "k-1") == first)
      var other = call
      other.displayName = "Other"
      let failure = await #expect(throws: CallFailure.self) { try await harness.call(other, key: "k-1") }
      #expect(failure?.code == .alreadyExists && failure?.reason == "IDEMPOTENCY_KEY_REUSED")
      // Another account's key of the same spelling is another key.
      let (stranger, _) = try await harness.makeAccount("stranger")
      #expect(try await harness.call(call, account: stranger, key: "k-1").id != first.id)
      #expect(try await harness.call(SenderRegistryAPI.ListSenders()).data.count == 1)
    }
  }

  @Test func `twenty at once with one key make one sender`() async throws {
    try await SenderRegistryHarness.run { harness in
      let call = SenderRegistryAPI.CreateSender(
        phoneNumber: try PhoneNumber(parsing: SenderRegistryHarness.number), displayName: "Shop")
      let answers = try await withThrowingTaskGroup(of: Sender.self) { group in
        for _ in 0..<20 { group.addTask { try await harness.call(call, key: "k") } }
        return try await group.reduce(into: [Sender]()) { $0.append($1) }
      }
      #expect(Set(answers.map(\.id)).count == 1)
    }
  }

  @Test func `a repeated connect does not begin a second onboarding`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let first = try await harness.connect(sender.id, key: "c-1")
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(try await harness.connect(sender.id, key: "c-1") == first)
      #expect(try await harness.call(SenderRegistryAPI.GetSender(id: sender.id)).status == .online)
      #expect(harness.graph.count("GET /oauth/access_token") == 1)
    }
  }

  @Test func `a failed request is not remembered under its key`() async throws {
    try await SenderRegistryHarness.run { harness in
      let missing = SenderID(trusted: "snd_01JD0000000000000000000000")
      _ = await #expect(throws: CallFailure.self) { try await harness.connect(missing, key: "k") }
      let count = try await harness.database.read {
        try $0.first("SELECT count(*) FROM saved_answers") { try $0.int(0) }
      }
      #expect(count == 0)
    }
  }

  @Test(
    arguments: [
      ("", "1029", nil, "CODE_INVALID"), ("a b", "1029", nil, "CODE_INVALID"), ("ä", "1029", nil, "CODE_INVALID"),
      ("code", "../1029", nil, "META_ID_INVALID"), ("code", "", nil, "META_ID_INVALID"),
      ("code", "1029", "1065/register", "META_ID_INVALID"),
    ] as [(String, String, String?, String)])
  func `what a browser hands in is checked`(code: String, waba: String, number: String?, reason: String) async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(
          SenderRegistryAPI.ConnectSender(
            id: sender.id, code: code, wabaID: waba, phoneNumberID: number, businessID: nil))
      }
      #expect(failure?.code == .invalidArgument && failure?.reason == reason)
      #expect(harness.graph.requests.isEmpty)
    }
  }
}
