import JSON
import Testing

@Suite struct JSONReaderTests {
  @Test(arguments: JSONCases.accepted)
  func `accepts and rewrites`(_ document: String, _ rewritten: String) throws {
    let value = try JSONValue(parsing: Array(document.utf8))
    #expect(String(decoding: try JSONCoder.encode(value), as: UTF8.self) == rewritten)
    #expect(try JSONValue(parsing: Array(rewritten.utf8)) == value)
  }

  @Test(arguments: JSONCases.refused)
  func `refuses`(_ document: String) {
    #expect(throws: JSONFailure.self) { try JSONDocument(parsing: document) }
  }

  @Test(arguments: JSONCases.refusedBytes)
  func `refuses bytes that are not text`(_ document: [UInt8]) {
    #expect(throws: JSONFailure.self) { try JSONDocument(parsing: document) }
  }

  @Test(arguments: [
    ("", JSONFailure.Kind.empty, 0, 1), ("[1,2", .unexpectedEnd, 4, 1), ("[1\n,\n\n01]", .invalidNumber, 6, 4),
    ("{\"a\":1,\n\"\\u0061\":2}", .duplicateKey, 8, 2), ("\"\\ud800\"", .loneSurrogate, 1, 1),
    ("\"ab\u{1}\"", .controlCharacter, 3, 1), ("\"\\q\"", .invalidEscape, 1, 1), ("1 2", .trailingBytes, 2, 1),
    ("1e999", .numberOutOfRange, 0, 1), ("[1}", .unexpected(0x7D, expected: "',' or ']'"), 2, 1),
    ("{1}", .unexpected(0x31, expected: "a key or '}'"), 1, 1), ("\u{FEFF}1", .byteOrderMark, 0, 1),
  ])
  func `names the reason and the place`(_ document: String, _ kind: JSONFailure.Kind, _ offset: Int, _ line: Int) {
    let expected = JSONFailure(kind: kind, offset: offset, line: line)
    #expect(throws: expected) { try JSONDocument(parsing: document) }
    #expect(expected.description.hasPrefix("line \(line), byte \(offset): "))
  }

  @Test func `refuses every proper prefix of a document`() throws {
    let document = Array(Self.sample.utf8)
    _ = try JSONDocument(parsing: document)
    for length in 0..<document.count {
      #expect(throws: JSONFailure.self) { try JSONDocument(parsing: Array(document[..<length])) }
    }
  }

  @Test func `survives every single-byte change, and what it still accepts can be rewritten`() throws {
    let document = Array(Self.sample.utf8)
    var accepted = 0
    for place in document.indices {
      for byte in UInt8.min...UInt8.max where byte != document[place] {
        var changed = document
        changed[place] = byte
        guard let value = try? JSONValue(parsing: changed) else { continue }
        accepted += 1
        #expect(try JSONValue(parsing: JSONCoder.encode(value)) == value)
      }
    }
    // Letters inside strings may change freely, structure may not.
    #expect(accepted > document.count && accepted < document.count * 200)
  }

  @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
  func `takes 64 levels and refuses the 65th`(_ open: String, _ close: String) throws {
    func nested(_ levels: Int) -> String {
      String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
    }
    let deepest = try JSONDocument(parsing: nested(64))
    #expect(String(decoding: try JSONCoder.encode(JSONValue(deepest.root)), as: UTF8.self) == nested(64))
    let failure = JSONFailure(kind: .tooDeep(limit: 64), offset: open.utf8.count * 64, line: 1)
    #expect(throws: failure) { try JSONDocument(parsing: nested(65)) }
    #expect(throws: failure) { try JSONDocument(parsing: String(repeating: open, count: 100_000)) }
    // No setting lets a document nest so deep that types which decode themselves run out of stack.
    let most = JSONLimits(depth: .max)
    _ = try JSONCoder.decode(JSONValue.self, from: nested(512), limits: most)
    #expect(throws: JSONDecodingFailure.self) { try JSONCoder.decode(JSONValue.self, from: nested(513), limits: most) }
  }

  @Test func `takes as many keys as the limit and not one more`() throws {
    func object(_ keys: Int) -> String { "{" + (0..<keys).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}" }
    let full = try JSONDocument(parsing: object(1_000)).root
    #expect(full.count == 1_000)
    #expect(full["k0"]?.int64 == 0)
    #expect(full["k999"]?.int64 == 999)
    #expect { try JSONDocument(parsing: object(1_001)) } throws: {
      ($0 as? JSONFailure)?.kind == .tooManyKeys(limit: 1_000)
    }
    #expect(try JSONDocument(parsing: object(5_000), limits: JSONLimits(keysPerObject: 5_000)).root.count == 5_000)
    #expect(throws: JSONFailure.self) { try JSONDocument(parsing: object(3), limits: JSONLimits(keysPerObject: 2)) }
  }

  @Test(arguments: [2, 3, 15, 16, 17, 18, 40, 300, 999])
  func `finds a name that occurs twice wherever the two are`(_ count: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(count))
    for _ in 0..<20 {
      var names = (0..<count).map { "\"field_\($0)\"" }
      _ = try JSONDocument(parsing: "{" + names.map { $0 + ":0" }.joined(separator: ",") + "}")
      let first = Int.random(in: 0..<count, using: &numbers)
      let second = (first + Int.random(in: 1..<count, using: &numbers)) % count
      names[second] = names[first].replacing("field", with: "\\u0066ield")
      #expect { try JSONDocument(parsing: "{" + names.map { $0 + ":0" }.joined(separator: ",") + "}") } throws: {
        ($0 as? JSONFailure)?.kind == .duplicateKey
      }
    }
  }

  @Test func `takes a document of exactly the limit`() throws {
    let document = Array("[1,2,3]".utf8)
    _ = try JSONDocument(parsing: document, limits: JSONLimits(maxBytes: 7))
    #expect(throws: JSONFailure(kind: .tooLong(limit: 6), offset: 6, line: 1)) {
      try JSONDocument(parsing: document, limits: JSONLimits(maxBytes: 6))
    }
    #expect(JSONLimits(maxBytes: .max).maxBytes == JSONLimits.largestDocument)
  }

  @Test func `takes a number of exactly the limit`() throws {
    let digits = String(repeating: "3", count: 510)
    #expect(try JSONDocument(parsing: "0." + digits).root.double == 1.0 / 3)
    #expect(throws: JSONFailure(kind: .numberTooLong(limit: 512), offset: 0, line: 1)) {
      try JSONDocument(parsing: "0.3" + digits)
    }
    // A whole number of 309 digits may fit a Double; one of 310 never does.
    #expect(try JSONDocument(parsing: "1" + String(repeating: "0", count: 308)).root.double == 1e308)
    #expect(throws: JSONFailure(kind: .numberOutOfRange, offset: 0, line: 1)) {
      try JSONDocument(parsing: "1" + String(repeating: "0", count: 309))
    }
  }

  /// The limit is far above what linear work takes; anything quadratic takes hours.
  @Test(.timeLimit(.minutes(1))) func `reads a megabyte of every shape`() throws {
    let count = 250_000
    let array = try JSONDocument(parsing: "[" + String(repeating: "1,", count: count) + "1]").root
    var sum: Int64 = 0
    array.forEachElement { sum += $0.int64 ?? 0 }
    #expect(sum == Int64(count + 1))
    #expect(try JSONCoder.decode([Int].self, from: Array(array.bytes)).count == count + 1)

    let objects = try JSONDocument(parsing: "[" + String(repeating: "{\"a\":[]},", count: 100_000) + "{}]").root
    #expect(objects.count == 100_001)
    let text = String(repeating: "añ\\n", count: 150_000)
    #expect(try JSONDocument(parsing: "\"\(text)\"").root.string?.utf8.count == 600_000)
    let names = (0..<1_000).map { "\"name_\($0)\":[\($0)]" }.joined(separator: ",")
    let wide = try JSONCoder.decode(
      [[String: [Int]]].self, from: "[" + Array(repeating: "{\(names)}", count: 50).joined(separator: ",") + "]")
    #expect(wide.allSatisfy { $0.count == 1_000 && $0["name_999"] == [999] })
    let spaces = String(repeating: " \n", count: 500_000)
    #expect(try JSONDocument(parsing: spaces + "1").root.range == 1_000_000..<1_000_001)
  }

  static let sample = #"""
    {"id":17,"name":"Caf\u00e9 \ud83d\ude00 zum Löwen","tags":["a","b\n"],"open":true,"owner":null,
     "place":{"lat":-48.137,"lon":1.1576e1,"id":"x"}}
    """#
}
