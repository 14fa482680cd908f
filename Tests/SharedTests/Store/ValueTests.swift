import Store
import TestSupport
import Testing

@Suite struct ValueTests {
  private func echo<T: Sendable>(
    _ value: any SQLConvertible, _ read: @escaping @Sendable (Row) throws -> T
  ) async throws -> T? {
    let store = try TemporaryDatabase([Migration("any", sql: "CREATE TABLE v (v ANY) STRICT")])
    try await store.database.write { try $0.execute("INSERT INTO v VALUES (?)", value) }
    return try await store.database.read { try $0.first("SELECT v FROM v", map: read) }
  }

  @Test func `text keeps NUL, emptiness and every character`() async throws {
    for text in [
      "", "\0", "a\0b\0", "Zürich 👩‍👩‍👧 \u{1F1E8}\u{1F1ED}", "'; DROP TABLE v; --", String(repeating: "é", count: 100_000),
    ] {
      #expect(try await echo(text) { try $0.text(0) } == text)
      #expect(try await echo(text) { $0.isNull(0) } == false)
    }
  }

  @Test func `blobs keep every byte, and an empty one is not NULL`() async throws {
    for blob in [[], [0], Array(0...255), [UInt8](repeating: 7, count: 5 << 20)] as [[UInt8]] {
      #expect(try await echo(blob) { try $0.blob(0) } == blob)
    }
  }

  @Test func `numbers and truth values come back as they were`() async throws {
    for number in [Int64.min, -1, 0, 1, Int64.max] {
      #expect(try await echo(number) { try $0.int64(0) } == number)
    }
    #expect(try await echo(true) { try $0.bool(0) } == true)
    #expect(try await echo(false) { try $0.bool(0) } == false)
    #expect(try await echo(-1.5e300) { try $0.real(0) } == -1.5e300)
    #expect(try await echo(7) { try $0.real(0) } == 7)
  }

  @Test func `NULL is read only by those who expect it`() async throws {
    let nothing: String? = nil
    #expect(try await echo(nothing) { try $0.optionalText(0) } == .some(nil))
    #expect(try await echo(SQLValue.null) { try $0.optionalInt64(0) } == .some(nil))
    #expect(try await echo(SQLValue.null) { try $0.optionalBlob(0) } == .some(nil))
    let failure = try await failure { try await echo(nothing) { try $0.text(0) } }
    #expect(failure.code == .unexpectedType)
    #expect(failure.message == "column 0 is NULL, not text")
  }

  @Test func `another type than the one asked for is an error, not a guess`() async throws {
    let wrong: [(any SQLConvertible, @Sendable (Row) throws -> Void)] = [
      (1, { _ = try $0.text(0) }), ("1", { _ = try $0.int(0) }), (1.5, { _ = try $0.int(0) }),
      ("1", { _ = try $0.blob(0) }), ("1", { _ = try $0.real(0) }), (2, { _ = try $0.bool(0) }),
      ([1] as [UInt8], { _ = try $0.text(0) }), ("x", { _ = try $0.optionalInt(0) }),
    ]
    for (value, read) in wrong {
      let failure = try await failure { try await echo(value, read) }
      #expect(failure.code == .unexpectedType)
    }
  }

  @Test func `text that is not UTF-8 is repaired`() async throws {
    let store = try TemporaryDatabase()
    let text = try await store.database.read { connection in
      try connection.first("SELECT CAST(x'61FF62C3' AS TEXT)") { try $0.text(0) }
    }
    #expect(text == "a\u{FFFD}b\u{FFFD}")
  }

  @Test func `a value over the limit is refused and its neighbours stay`() async throws {
    var limits = StoreLimits()
    limits.valueBytes = 10_000
    let store = try TemporaryDatabase(notes, limits: limits)
    let failure = try await failure {
      try await store.database.write { try $0.add(1, String(repeating: "x", count: 10_001)) }
    }
    #expect(failure.code == .tooBig)
    try await store.database.write { try $0.add(2) }
    #expect(try await store.database.read { try $0.ids() } == [2])
  }

  @Test func `more rows than asked for is an error`() async throws {
    let store = try TemporaryDatabase(notes)
    try await store.database.write { connection in
      for number in 0..<11 { try connection.add(number) }
    }
    let sql = "SELECT id FROM note"
    #expect(try await store.database.read { try $0.all(sql, limit: 11) { try $0.int(0) } }.count == 11)
    let failure = try await failure { try await store.database.read { try $0.all(sql, limit: 10) { try $0.int(0) } } }
    #expect(failure.code == .tooBig)
  }
}
