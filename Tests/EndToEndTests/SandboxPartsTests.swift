import Crypto
import JSON
import Outbound
import TestSupport
import Testing

@testable import SandboxWorld

/// The sandbox's parts without sockets, and its limits reached.
@Suite(.timeLimit(.minutes(1))) struct SandboxPartsTests {
  private func read(_ parts: [ArraySlice<UInt8>]) throws -> AnswerReader.Answer? {
    var reader = AnswerReader()
    var answer: AnswerReader.Answer?
    for part in parts {
      if answer == nil { answer = try Array(part).withUnsafeBytes { try reader.read($0) } }
    }
    return answer
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true),
    ("HTTP/1.1 200 OK\r\nconnection: close\r\nContent-Length: 0\r\n\r\n", 200, "", false),
    ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\nno", 500, "no", true),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 200, "abcde", true),
    ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", false),
  ])
  func `an answer is read alike wherever its bytes are split`(
    text: String, status: Int, body: String, mayReuse: Bool
  ) throws {
    let bytes = Array(text.utf8)
    let expected = AnswerReader.Answer(status: status, body: Array(body.utf8), mayReuse: mayReuse)
    for split in 0...bytes.count { #expect(try read([bytes[..<split], bytes[split...]]) == expected) }
    #expect(try read(bytes.indices.map { bytes[$0...$0] }) == expected)
  }

  @Test func `what is no answer is refused`() throws {
    let bad = [
      "SSH-2.0\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: AnswerReader.headLimit),
    ]
    for text in bad { #expect(throws: AnswerReader.Failure.self) { try read([Array(text.utf8)[...]]) } }
    var unframed = AnswerReader()
    let head = Array("HTTP/1.1 200 OK\r\n\r\nall of it".utf8)
    #expect(try head.withUnsafeBytes { try unframed.read($0) } == nil)
    #expect(try unframed.end().body == Array("all of it".utf8))
  }

  @Test func `webhook URLs are plain http with a host`() throws {
    let good = try WebhookURL("http://router:8103/webhooks/meta?x=1")
    #expect(good.host == "router" && good.port == 8103 && good.path == "/webhooks/meta?x=1")
    #expect(try WebhookURL("http://[::1]:81").description == "http://[::1]:81/")
    #expect(try WebhookURL("http://h?q").path == "/?q")
    for bad in ["https://h/", "http://", "http://h:0/", "http://h:x/", "http://a b/", "http://u@h/", "ftp://h"] {
      #expect(throws: ControlFailure.self) { try WebhookURL(bad) }
    }
  }

  @Test func `a batch keeps kinds and numbers apart and its order`() throws {
    func update(_ id: String, number: String) -> WebhookUpdate {
      WebhookUpdate(
        wabaID: "9", phoneNumberID: number, displayNumber: "1\(number)", overrideURL: nil,
        content: .message(
          CustomerMessage(id: id, from: "1650", userID: "US.1", name: "Ann", timestamp: 1_790_000_000_000, text: id)))
    }
    let other = WebhookUpdate(
      wabaID: "9", phoneNumberID: "", displayNumber: "", overrideURL: nil,
      content: .other(field: "account_alerts", value: ["entity_id": "1"]))
    let updates = [update("a", number: "1"), update("b", number: "1"), update("c", number: "2"), other]
    let body = WebhookPayload.body(wabaID: "9", time: 1_790_000_000_000, updates: updates[...])
    let changes = try #require(try JSONValue(parsing: body)["entry"]?[0]?["changes"]?.array)
    #expect(changes.map { $0["field"] } == ["messages", "messages", "account_alerts"])
    #expect(changes[0]["value"]?["messages"]?.array?.map { $0["id"] } == ["a", "b"])
    #expect(changes[0]["value"]?["contacts"]?.array?.count == 1)
    #expect(changes[1]["value"]?["metadata"]?["phone_number_id"] == "2")
    #expect(changes[0]["value"]?["messages"]?[0]?["timestamp"] == "1790000000")
  }

  @Test func `faults strike as often, as likely and where they were ordered`() throws {
    let book = FaultBook(seed: 7, limit: 3)
    try book.order(Fault(.delay, at: "graph", count: 2))
    try book.order(Fault(.status, at: "business:shop"))
    #expect(
      book.take(at: "graphics") == nil && book.take(at: "business") == nil && book.take(at: "business:shops") == nil)
    #expect(book.take(at: "graph.messages")?.kind == .delay && book.take(at: "graph.register")?.kind == .delay)
    #expect(book.take(at: "graph.messages") == nil)
    #expect(book.take(at: "business:shop")?.kind == .status)
    try book.order(Fault(.delay, at: "model", count: nil, probability: 0.25))
    let hits = (0..<4_000).filter { _ in book.take(at: "model") != nil }.count
    #expect((900...1_100).contains(hits), "seed 7 gave \(hits)")
    for _ in 0..<2 { try book.order(Fault(.delay, at: "model")) }
    #expect(throws: ControlFailure.self) { try book.order(Fault(.delay, at: "model")) }
  }

  @Test func `codes may be asked for five times an hour and guessed five times`() throws {
    let phone = try #require(PhoneDigits("+15550001111"))
    var number = MetaNumber(id: "1", wabaID: "2", phone: phone, verifiedName: "Shop", isVerified: false)
    for time in 0..<5 { try number.requestCode("123456", now: Int64(time)) }
    #expect(throws: GraphError.self) { try number.requestCode("123456", now: 5) }
    try number.requestCode("123456", now: MetaNumber.codeRequestPeriod)
    for _ in 0..<5 { #expect(throws: GraphError.self) { try number.verify("000000", now: 3_600_001) } }
    #expect(throws: GraphError.self) { try number.verify("123456", now: 3_600_001) }
    #expect(!number.isVerified)
  }

  @Test func `what began before a reset is not booked on what came after`() {
    func record(_ data: String) -> OutgoingRecord {
      OutgoingRecord(at: 0, phoneNumberID: "1", recipient: "2", type: "text", text: data, callbackData: data)
    }
    let ledger = Ledger(limit: 10)
    let old = ledger.arrived(record("old"))
    ledger.reset()
    let new = ledger.arrived(record("new"))
    if let old { ledger.accepted(old, wamid: "wamid.old") }
    #expect(old != nil && new != nil && ledger.totals.messagesAccepted == 0)
    #expect(ledger.tally(callbackData: "new") == Ledger.Tally(arrived: 1))
  }

  @Test func `every memory has an end and says so`() async throws {
    var settings = WorldSettings()
    settings.limits.ledgerEntries = 2
    settings.limits.windows = 1
    settings.limits.receipts = 1
    settings.limits.waitingUpdates = 2
    settings.throughput = 1
    settings.clock = TestClock().clock
    settings.webhookURL = try WebhookURL("http://127.0.0.1:9/")
    let world = try await World.start(settings)
    let client = SandboxClient(baseURL: world.baseURL)
    let signup = try await client.call("POST", "/control/signup", ["phone_number": "+15550001111"])
    let (token, number) = try await client.connect(signup.body)
    var habits = WebhookHabits()
    habits.isPaused = true
    await world.webhooks.setHabits(habits)

    let ann = try #require(PhoneDigits("+16505550100"))
    let bob = try #require(PhoneDigits("+16505550101"))
    try world.customers.send("1", from: ann)
    #expect(throws: ControlFailure.self) { try world.customers.send("no window", from: bob) }
    try world.customers.send("2", from: ann)
    #expect(throws: ControlFailure.self) { try world.customers.send("no ledger", from: ann) }
    await #expect(throws: ControlFailure.self) { try await world.customers.burst(count: 100_001, prefix: "x") }

    func send() async throws -> Int64? {
      try await client.call(
        "POST", "/\(number)/messages", client.text("x", to: "+16505550100"), token: token
      ).errorCode
    }
    #expect(try await send() == nil)
    #expect(try await send() == 130429)
    #expect(try await send() == 4)
    // Two customers' messages fill the queue; the three statuses of the accepted text find no room.
    try await eventually("statuses dropped") { world.ledger.totals.webhooksDropped == 3 }

    try world.receipts.setSecret("whsec_AAAA", of: "shop")
    var statuses: [Int] = []
    for _ in 0..<2 {
      let request = OutboundRequest(method: "POST", url: client.baseURL + "/business/receipts/shop")
      statuses.append(try await client.send(request).status)
    }
    #expect(statuses == [401, 507])
    await world.stop()
  }
}
