import Crypto
import Store
import Telemetry
import TestSupport
import Testing
import Transport
@testable import Workers

@Suite struct ResealerTests {
  private static let schema = Migration(
    "places",
    sql: """
      CREATE TABLE tokens (id TEXT PRIMARY KEY, token TEXT) STRICT;
      CREATE TABLE answers (account TEXT, number INTEGER, answer BLOB, PRIMARY KEY (account, number)) STRICT,
        WITHOUT ROWID;
      CREATE TABLE probe (id TEXT PRIMARY KEY, value TEXT) STRICT;
      """)
  private static let columns = [
    SealedColumn("tokens", "token"),
    SealedColumn("answers", "answer", key: ["account", "number"]) { "answers:\($0[0]):\($0[1])" },
    SealedColumn("probe", "value"),
  ]

  private let store: TemporaryDatabase
  private let oldFile = SealingKeyring.generateFileText(keyID: "old")
  private let old: SealingKeyring
  private let both: SealingKeyring
  private let lines = CollectedLines()
  private let metrics = Metrics()
  private let loop: EventLoop

  init() throws {
    store = try TemporaryDatabase([Self.schema])
    old = try SealingKeyring(parsing: oldFile)
    both = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "new") + oldFile)
    loop = try EventLoop(name: "resealer")
  }

  private var database: Database { store.database }

  private func resealer(
    _ keyring: SealingKeyring? = nil, _ change: (inout Resealer.Limits) -> Void = { _ in }
  ) -> Resealer {
    var limits = Resealer.Limits()
    limits.pause = .milliseconds(1)
    limits.recount = .milliseconds(5)
    change(&limits)
    return Resealer(
      Self.columns, database: database, keyring: keyring ?? both, loop: loop, clock: .system,
      log: Log(service: "test", level: .debug, sink: .collecting(into: lines)), metrics: metrics, limits: limits)
  }

  /// `count` tokens and answers, and a probe.
  private func fill(_ count: Int) async throws {
    try await database.write { [old] connection in
      for number in 0..<count {
        let id = "t\(number)"
        try connection.execute(
          "INSERT INTO tokens VALUES (?, ?)", id, old.seal(Secret("token \(number)"), binding: "tokens.token:\(id)"))
        let answer = old.seal(Secret("answer \(number)"), binding: "answers:a:\(number)")
        try connection.execute("INSERT INTO answers VALUES ('a', ?, CAST(? AS BLOB))", number, answer)
      }
      // What is not sealed is nobody's business here.
      try connection.execute("INSERT INTO answers VALUES ('a', -1, CAST('{\"plain\":true}' AS BLOB))")
      try connection.execute("INSERT INTO tokens VALUES ('empty', NULL)")
      try connection.execute("INSERT INTO probe VALUES ('p', ?)", old.seal(Secret("p"), binding: "probe.value:p"))
    }
  }

  private func token(_ id: String) async throws -> String {
    try await database.read { try $0.first("SELECT token FROM tokens WHERE id = ?", id) { try $0.text(0) } ?? "" }
  }

  private func finished(_ resealer: Resealer) async throws {
    try await eventually("everything is sealed anew") { try await resealer.report().isDone }
  }

  @Test func `every value is sealed with the new key and opens in its place as before`() async throws {
    try await fill(600)
    let resealer = resealer()
    let before = try await resealer.report()
    #expect(before.values == ["old": 1_201] && !before.isDone && before.removable == [])
    resealer.start()
    try await finished(resealer)
    let report = try await resealer.report()
    #expect(report.values == ["new": 1_201] && report.removable == ["old"] && report.resealed == 1_201)
    #expect(report.unreadable == [] && report.unknown == [:])
    let rows = try await database.read { connection in
      try connection.all("SELECT id, token FROM tokens WHERE token IS NOT NULL") { (try $0.text(0), try $0.text(1)) }
    }
    for (id, sealed) in rows {
      #expect(try both.open(sealed, binding: "tokens.token:\(id)").string == "token \(id.dropFirst())")
    }
    let answers = try await database.read { connection in
      try connection.all("SELECT number, answer FROM answers WHERE number >= 0") { (try $0.int(0), try $0.blob(1)) }
    }
    for (number, sealed) in answers {
      let opened = try both.open(String(decoding: sealed, as: UTF8.self), binding: "answers:a:\(number)")
      #expect(opened.string == "answer \(number)")
    }
    let plain = try await database.read { connection in
      try connection.first("SELECT CAST(answer AS TEXT) FROM answers WHERE number = -1") { try $0.text(0) }
    }
    #expect(plain == "{\"plain\":true}")
    #expect(metrics.render().contains("wss_sealing_values{key=\"old\"} 0\n"))
    #expect(metrics.render().contains("wss_sealing_values{key=\"new\"} 1201\n"))
    await resealer.stop()
    for event in ["sealing.started", "sealing.done"] { #expect(lines.ofEvent(event).count == 1, "\(event)") }
    loop.stop()
  }

  @Test func `a change of the service wins over the resealer`() async throws {
    try await fill(1)
    let read = try await database.read { connection in
      try Self.columns[0].page(after: nil, limit: 10, notBy: "new", connection)
    }
    let value = try #require(read.values.first)
    let newer = both.seal(Secret("newer"), binding: "tokens.token:t0")
    try await database.write { try $0.execute("UPDATE tokens SET token = ? WHERE id = 't0'", newer) }
    let replaced = try await database.write { connection in
      try Self.columns[0].replace(value, with: "v1.new.late", connection)
    }
    #expect(!replaced)
    #expect(try await token("t0") == newer)
    loop.stop()
  }

  @Test func `an old value that the service puts back later is found and sealed anew`() async throws {
    try await fill(1)
    let before = try await token("t0")
    let resealer = resealer()
    resealer.start()
    try await finished(resealer)
    // A handler had read the row before, and stores it now as a whole.
    try await database.write { try $0.execute("UPDATE tokens SET token = ? WHERE id = 't0'", before) }
    try await eventually("it is sealed anew") { try await both.keyID(of: token("t0")) == "new" }
    await resealer.stop()
    loop.stop()
  }

  @Test func `a value that does not open stays, is counted and named, and the probe waits for it`() async throws {
    try await fill(2)
    let moved = try await token("t1")
    let stranger = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "lost"))
    let lost = stranger.seal(Secret("gone"), binding: "tokens.token:x")
    try await database.write { connection in
      try connection.execute("INSERT INTO tokens VALUES ('copied', ?), ('x', ?)", moved, lost)
    }
    let resealer = resealer()
    resealer.start()
    try await eventually("the pass has ended") { try await resealer.report().unreadableCount == 2 }
    let report = try await resealer.report()
    #expect(report.values == ["new": 4, "old": 2, "lost": 1] && !report.isDone)
    #expect(report.unknown == ["lost": 1] && report.removable == [])
    #expect(report.unreadable.map(\.row) == ["copied", "x"])
    #expect(report.unreadable.allSatisfy { $0.column == "tokens.token" })
    #expect(try await token("copied") == moved)
    #expect(try await token("x") == lost)
    #expect(lines.ofEvent("sealing.unreadable").count == 2)
    // Once it is gone, or its key is back, the rest follows by itself.
    try await database.write { try $0.execute("DELETE FROM tokens WHERE id IN ('copied', 'x')") }
    try await finished(resealer)
    #expect(try await resealer.report().values == ["new": 5])
    // It was said once, however often it was looked at.
    #expect(lines.ofEvent("sealing.unreadable").count == 2)
    await resealer.stop()
    loop.stop()
  }

  @Test func `the report names no more than its limit`() async throws {
    let stranger = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "old"))
    try await database.write { connection in
      for number in 0..<9 {
        try connection.execute(
          "INSERT INTO tokens VALUES (?, ?)", "t\(number)", stranger.seal(Secret("x"), binding: "elsewhere"))
      }
    }
    let resealer = resealer { $0.named = 4 }
    resealer.start()
    try await eventually("the pass has ended") { try await resealer.report().unreadableCount == 9 }
    #expect(try await resealer.report().unreadable.count == 4)
    await resealer.stop()
    loop.stop()
  }

  @Test func `a stop in the middle loses nothing, and the next start goes on`() async throws {
    try await fill(300)
    let first = resealer {
      $0.rows = 10
      $0.pauseFactor = 0
    }
    first.start()
    try await eventually("some are done") {
      try await database.read { try SealingCensus(Self.columns, $0).values["new", default: 0] } > 0
    }
    await first.stop()
    let half = try await database.read { try SealingCensus(Self.columns, $0).values }
    #expect(half.values.reduce(0, +) == 601)
    let second = resealer()
    second.start()
    try await finished(second)
    #expect(try await second.report().values == ["new": 601])
    #expect(try await second.report().resealed == half["old", default: 0])
    await second.stop()
    loop.stop()
  }

  @Test func `a service with one key writes nothing and rests`() async throws {
    try await fill(3)
    let writes = database.statistics.writes
    let resealer = resealer(old)
    resealer.start()
    try await finished(resealer)
    #expect(try await resealer.report().removable == [])
    await resealer.stop()
    #expect(database.statistics.writes == writes)
    #expect(lines.ofEvent("sealing.started").isEmpty && lines.ofEvent("sealing.done").isEmpty)
    loop.stop()
  }
}
