import Crypto
import JSON
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Workers

/// Answers kept for a repeated `Idempotency-Key`, on a real database.
@Suite struct SavedAnswersTests {
  /// Writes a note and shows a secret once.
  private struct AddNote: Call {
    static let method = "probe.note.add"
    static let summary = "Add a note."
    static let callers: Set<ServiceName> = []
    struct Reply: Codable, Sendable, Equatable {
      var id: Int
      var secret: String
    }
    var text: String
  }

  private struct DropNote: Call {
    static let method = "probe.note.drop"
    static let summary = "Drop a note."
    static let callers: Set<ServiceName> = []
    typealias Reply = AddNote.Reply
    var text: String
  }

  private static let day = SavedAnswers.keptMilliseconds
  private static let migrations = [
    SavedAnswers.migration,
    Migration("notes", sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"),
  ]

  private struct Desk {
    let store: TemporaryDatabase
    let keyring: SealingKeyring
    var database: Database { store.database }

    init() throws {
      store = try TemporaryDatabase(SavedAnswersTests.migrations)
      keyring = try SealingKeyring(keyID: "k1", master: Secret([UInt8](repeating: 7, count: 32)))
    }

    func add(
      _ text: String, key: String?, account: String? = "acc_1", now: Int64 = 1, keeping: Int = SavedAnswers.maximum,
      failing: Bool = false
    ) async throws -> AddNote.Reply {
      let context = CallContext(caller: .senderRegistry, account: account, key: key)
      return try await database.write { [keyring] connection in
        try connection.once(AddNote(text: text), context, keyring, now: now, keeping: keeping) {
          try connection.execute("INSERT INTO notes (text) VALUES (?)", text)
          if failing { throw CallFailure.failedPrecondition("NOT_NOW", "not now") }
          return AddNote.Reply(
            id: Int(connection.lastInsertRowID), secret: "whsec-\(text)-\(connection.lastInsertRowID)")
        }
      }
    }

    func count(_ table: String) async throws -> Int {
      try await database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } } ?? -1
    }
  }

  private struct FillIn: Call {
    static let method = "probe.form.fill"
    static let summary = "Fill in a form."
    static let callers: Set<ServiceName> = []
    typealias Reply = AddNote.Reply
    var name: String
    var values: [String: String]
    var raw: JSONValue?
  }

  @Test func `members in another order are the same request, other members are another`() async throws {
    let desk = try Desk()
    let context = CallContext(caller: .senderRegistry, account: "acc_1", key: "k")
    func fill(_ values: [String: String], _ raw: JSONValue? = nil) async throws -> Int {
      try await desk.database.write { [keyring = desk.keyring] connection in
        try connection.once(FillIn(name: "a", values: values, raw: raw), context, keyring, now: 1) {
          try connection.execute("INSERT INTO notes (text) VALUES ('x')")
          return AddNote.Reply(id: Int(connection.lastInsertRowID), secret: "s")
        }.id
      }
    }
    let names = (0..<12).map { "name-\($0)" }
    let raw: JSONValue = [["a": 1, "b": ["c": 2, "d": 3]]]
    let first = try await fill(Dictionary(uniqueKeysWithValues: names.map { ($0, "v") }), raw)
    // Each dictionary has an order of its own.
    for round in 0..<20 {
      var values: [String: String] = [:]
      if round.isMultiple(of: 2) { values.reserveCapacity(100 * round) }
      for name in names.shuffled() { values[name] = "v" }
      #expect(try await fill(values, [["b": ["d": 3, "c": 2], "a": 1]]) == first)
    }
    for other in [Dictionary(uniqueKeysWithValues: names.map { ($0, "w") }), [:]] {
      await #expect(throws: CallFailure.idempotencyKeyReused) { _ = try await fill(other, raw) }
    }
    desk.store.database.close()
  }

  @Test func `a repeat gets the first answer, its secret with it, and has no effect`() async throws {
    let desk = try Desk()
    let first = try await desk.add("a", key: "k")
    #expect(try await desk.add("a", key: "k") == first)
    #expect(try await desk.count("notes") == 1)
    let again = try await desk.add("a", key: nil)
    #expect(again.id == 2 && again != first)
  }

  @Test func `another body under the same key is refused`() async throws {
    let desk = try Desk()
    _ = try await desk.add("a", key: "k")
    let failure = await #expect(throws: CallFailure.self) { try await desk.add("b", key: "k") }
    #expect(failure?.code == .alreadyExists && failure?.reason == "IDEMPOTENCY_KEY_REUSED")
    #expect(try await desk.count("notes") == 1)
  }

  @Test func `a key belongs to an account and an operation`() async throws {
    let desk = try Desk()
    let first = try await desk.add("a", key: "k")
    #expect(try await desk.add("b", key: "k", account: "acc_2").id == 2)
    #expect(try await desk.add("c", key: "k", account: nil).id == 3)
    let context = CallContext(caller: .senderRegistry, account: "acc_1", key: "k")
    let other = try await desk.database.write { [keyring = desk.keyring] connection in
      try connection.once(DropNote(text: "a"), context, keyring, now: 1) { AddNote.Reply(id: 0, secret: "") }
    }
    #expect(other.id == 0)
    #expect(try await desk.add("a", key: "k") == first)
  }

  @Test func `what fails is undone and not remembered`() async throws {
    let desk = try Desk()
    let failure = await #expect(throws: CallFailure.self) { try await desk.add("a", key: "k", failing: true) }
    #expect(failure?.reason == "NOT_NOW")
    #expect(try await desk.count("notes") == 0)
    #expect(try await desk.count("saved_answers") == 0)
    #expect(try await desk.add("b", key: "k").id == 1)
  }

  @Test func `an answer that cannot be stored undoes its effect`() async throws {
    let desk = try Desk()
    try await desk.database.write {
      try $0.execute(
        """
        CREATE TRIGGER no_room BEFORE INSERT ON saved_answers BEGIN SELECT raise(ABORT, 'no room'); END
        """)
    }
    await #expect(throws: StoreFailure.self) { try await desk.add("a", key: "k") }
    #expect(try await desk.count("notes") == 0)
    try await desk.database.write { try $0.execute("DROP TRIGGER no_room") }
    #expect(try await desk.add("a", key: "k").id == 1)
  }

  @Test func `a key is free again after a day, and old answers go a few at a time`() async throws {
    let desk = try Desk()
    let many = SavedAnswers.deletedPerWrite + 10
    for number in 0..<many { _ = try await desk.add("n", key: "k\(number)", now: 1) }
    // One moment before the day is over.
    #expect(try await desk.add("n", key: "k0", now: Self.day).id == 1)
    let later = try await desk.add("other", key: "k0", now: Self.day + 1)
    #expect(later.id == many + 1)
    // `k0` was replaced, others were deleted up to the limit.
    #expect(try await desk.count("saved_answers") == many - SavedAnswers.deletedPerWrite)
    _ = try await desk.add("m", key: "next", now: Self.day + 2)
    #expect(try await desk.count("saved_answers") == 2)
  }

  @Test func `beyond the limit the oldest answers go first`() async throws {
    let desk = try Desk()
    for number in 1...12 { _ = try await desk.add("n", key: "k\(number)", keeping: 5) }
    #expect(try await desk.count("saved_answers") == 5)
    #expect(try await desk.add("n", key: "k8", keeping: 5).id == 8)
    // The seventh was forgotten: it is done anew.
    #expect(try await desk.add("n", key: "k7", keeping: 5).id == 13)
  }

  @Test func `neither the answer nor what was asked can be read or guessed from the file`() async throws {
    let desk = try Desk()
    let answer = try await desk.add("123456", key: "k")
    let stored = try await desk.database.read {
      try $0.first("SELECT answer FROM saved_answers") { try $0.text(0) }
    }
    let sealed = try #require(stored)
    #expect(sealed.hasPrefix("v1.k1.") && !sealed.contains(answer.secret))
    let guess = Hex.encode(SHA256.hash(try JSONCoder.encode(AddNote(text: "123456"))))
    let dump = try await desk.database.read {
      try $0.all("SELECT account_id || operation || key || answer || coalesce(reference, '') FROM saved_answers") {
        try $0.text(0)
      }
    }
    #expect(!dump.joined().lowercased().contains(guess.lowercased()))
    // Sealed for its own place: an answer that was moved to another key does not open.
    try await desk.database.write {
      try $0.execute("UPDATE saved_answers SET key = 'other'")
    }
    await #expect(throws: CryptoFailure.self) { try await desk.add("123456", key: "other") }
  }

  @Test func `an answer from before an update is not shown, and nothing is done again`() async throws {
    let desk = try Desk()
    let hash = SHA256.hash(try JSONCoder.encode(AddNote(text: "a")))
    try await desk.database.write { [keyring = desk.keyring] connection in
      for (key, answer) in [("old", #"{"id":1}"#), ("good", #"{"id":1,"secret":"s"}"#)] {
        try connection.adoptAnswer(
          Array(answer.utf8), account: "acc_1", operation: AddNote.method, key: key, bodyHash: hash, createdAt: 1,
          keyring)
      }
    }
    let failure = await #expect(throws: CallFailure.self) { try await desk.add("a", key: "old") }
    #expect(failure?.code == .failedPrecondition && failure?.reason == "IDEMPOTENCY_ANSWER_OUTDATED")
    #expect(try await desk.add("a", key: "good") == AddNote.Reply(id: 1, secret: "s"))
    #expect(try await desk.count("notes") == 0)
  }

  @Test func `a key that is too long or empty is refused`() async throws {
    let desk = try Desk()
    for key in ["", String(repeating: "k", count: 256)] {
      let failure = await #expect(throws: CallFailure.self) { try await desk.add("a", key: key) }
      #expect(failure?.reason == "IDEMPOTENCY_KEY_INVALID")
    }
    #expect(try await desk.add("a", key: String(repeating: "k", count: 255)).id == 1)
  }

  @Test func `fifty at once under one key have one effect`() async throws {
    let desk = try Desk()
    let answers = try await withThrowingTaskGroup(of: AddNote.Reply.self) { group in
      for _ in 0..<50 { group.addTask { try await desk.add("a", key: "k") } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count == 50 && Set(answers.map(\.id)) == [1])
    #expect(try await desk.count("notes") == 1)
  }

  // MARK: Effects made outside

  /// Orders a note outside: journalled, called, recorded.
  private func order(
    _ text: String, key: String?, _ desk: Desk, _ calls: KeyedCalls,
    outside: @escaping @Sendable () async throws -> Void
  ) async throws -> AddNote.Reply {
    try await calls.once(
      AddNote(text: text), CallContext(caller: .senderRegistry, account: "acc_1", key: key),
      begin: { connection in
        if text == "refused" { throw CallFailure.invalidArgument("NO", "no") }
        if text == "known" { return .ended(AddNote.Reply(id: 0, secret: "known")) }
        try connection.execute("INSERT INTO notes (text) VALUES ('wanted')")
        let id = connection.lastInsertRowID
        return .started(reference: "\(id)", id)
      },
      truth: { connection, reference in
        let text = try connection.first("SELECT text FROM notes WHERE id = ?", Int(reference) ?? 0) { try $0.text(0) }
        return AddNote.Reply(id: Int(reference) ?? 0, secret: text ?? "")
      },
      perform: { (id: Int64) in
        try await outside()
        try await desk.database.write { try $0.execute("UPDATE notes SET text = 'done' WHERE id = ?", id) }
        return AddNote.Reply(id: Int(id), secret: "first")
      })
  }

  @Test func `an outside effect is made once, and its repeat gets the first answer`() async throws {
    let desk = try Desk()
    let calls = KeyedCalls(database: desk.database, keyring: desk.keyring, clock: TestClock().clock)
    let made = AsyncBox<Int>()
    for _ in 0..<3 {
      let reply = try await order("a", key: "k", desk, calls) { made.put(1) }
      #expect(reply == AddNote.Reply(id: 1, secret: "first"))
    }
    #expect(try await made.next() == 1)
    #expect(try await desk.count("notes") == 1)
    let failure = await #expect(throws: CallFailure.self) { try await order("b", key: "k", desk, calls) {} }
    #expect(failure?.reason == "IDEMPOTENCY_KEY_REUSED")
    // Refused before anything began: nothing is kept. Ended at once: the answer is.
    _ = await #expect(throws: CallFailure.self) { try await order("refused", key: "r", desk, calls) {} }
    #expect(try await order("known", key: "r", desk, calls) {}.secret == "known")
    #expect(try await desk.count("saved_answers") == 2)
    #expect(try await desk.count("notes") == 1)
    // Without a key nothing is kept at all.
    #expect(try await order("a", key: nil, desk, calls) {}.id == 2)
    #expect(try await desk.count("saved_answers") == 2)
  }

  @Test func `a duplicate is told to come back while the first request runs`() async throws {
    let desk = try Desk()
    let calls = KeyedCalls(database: desk.database, keyring: desk.keyring, clock: TestClock().clock)
    let (entered, left) = (Latch(), Latch())
    async let first = order("a", key: "k", desk, calls) {
      entered.open()
      try await left.wait()
    }
    try await entered.wait()
    let failure = await #expect(throws: CallFailure.self) { try await order("a", key: "k", desk, calls) {} }
    #expect(failure?.code == .aborted && failure?.reason == "IDEMPOTENCY_KEY_IN_USE")
    #expect(failure?.retry == .afterMilliseconds(1_000))
    left.open()
    let answer = try await first
    #expect(try await order("a", key: "k", desk, calls) {} == answer)
    #expect(try await desk.count("notes") == 1)
  }

  @Test func `after a death half-way the repeat gets what the row says`() async throws {
    let desk = try Desk()
    let before = KeyedCalls(database: desk.database, keyring: desk.keyring, clock: TestClock().clock)
    await #expect(throws: CancellationError.self) {
      try await order("a", key: "k", desk, before) { throw CancellationError() }
    }
    // What a process that starts anew knows is in the database.
    let after = KeyedCalls(database: desk.database, keyring: desk.keyring, clock: TestClock().clock)
    #expect(try await order("a", key: "k", desk, after) {} == AddNote.Reply(id: 1, secret: "wanted"))
    try await desk.database.write { try $0.execute("UPDATE notes SET text = 'settled'") }
    #expect(try await order("a", key: "k", desk, after) {} == AddNote.Reply(id: 1, secret: "settled"))
    let failure = await #expect(throws: CallFailure.self) { try await order("b", key: "k", desk, after) {} }
    #expect(failure?.reason == "IDEMPOTENCY_KEY_REUSED")
    // A plain call does not take it for its own answer either.
    let plain = await #expect(throws: CallFailure.self) { try await desk.add("a", key: "k") }
    #expect(plain?.reason == "IDEMPOTENCY_KEY_IN_USE")
    #expect(try await desk.count("notes") == 1)
  }
}
