import JSON
import Testing

@Suite struct JSONDecodingTests {
  private struct Sender: Codable, Equatable {
    var phone: String
    var name: String?
    var tier: Tier?
  }
  private enum Tier: String, Codable { case basic, plus }
  private enum Colour: String, Codable, CaseIterable { case red, green }
  private struct Params: Codable, Equatable {
    var sender: Sender
    var attempts: Int
    var ratio: Double
    var flags: [Bool]
    var more: [Sender]?
    var byCity: [String: Sender]?
  }

  @Test func `decodes fields in any order and ignores unknown ones`() throws {
    let params = Params(
      sender: Sender(phone: "+1", name: nil, tier: .plus), attempts: 3, ratio: 0.5, flags: [true, false],
      more: [Sender(phone: "+2", name: "b"), Sender(phone: "+3")], byCity: ["Berlin": Sender(phone: "+4")])
    let members = [
      #""sender":{"tier":"plus","x":[{"phone":1}],"phone":"+1"}"#, #""attempts":3"#, #""ratio":0.5"#,
      #""flags":[true,false]"#, #""more":[{"name":"b","phone":"+2"},{"phone":"+3","name":null}]"#,
      #""by_city":{"Berlin":{"phone":"+4"}}"#, #""unknown":{"sender":{"phone":7},"attempts":[1,{}]}"#,
    ]
    var numbers = SeededNumbers(seed: 7)
    for _ in 0..<50 {
      let text = "{" + members.shuffled(using: &numbers).joined(separator: ",") + "}"
      #expect(try JSONCoder.decode(Params.self, from: text) == params, "\(text)")
    }
    #expect(try JSONCoder.decode(Params.self, from: JSONCoder.encode(params)) == params)
  }

  @Test(arguments: [
    ("{}", "sender", "missing", JSONDecodingFailure.Kind.missing),
    (#"{"sender":{}}"#, "sender.phone", "missing", .missing),
    (#"{"sender":{"phone":5}}"#, "sender.phone", "expected string, found number", .wrongType),
    (#"{"sender":{"phone":null}}"#, "sender.phone", "expected string, found null", .wrongType),
    (#"{"sender":[]}"#, "sender", "expected object, found array", .wrongType),
    (#"{"sender":{"phone":"","name":true}}"#, "sender.name", "expected string, found boolean", .wrongType),
    (#"{"sender":{"phone":""},"attempts":"3"}"#, "attempts", "expected integer, found string", .wrongType),
    (
      #"{"sender":{"phone":""},"attempts":1.0}"#, "attempts",
      "expected integer, found a number with fraction or exponent", .wrongType
    ),
    (
      #"{"sender":{"phone":""},"attempts":9223372036854775808}"#, "attempts",
      "integer out of range -9223372036854775808...9223372036854775807", .outOfRange
    ),
    (#"{"sender":{"phone":""},"attempts":1,"ratio":{}}"#, "ratio", "expected number, found object", .wrongType),
    (
      #"{"sender":{"phone":""},"attempts":1,"ratio":1,"flags":{}}"#, "flags", "expected array, found object", .wrongType
    ),
    (
      #"{"sender":{"phone":""},"attempts":1,"ratio":1,"flags":[true,0]}"#, "flags[1]",
      "expected boolean, found number", .wrongType
    ),
    (
      #"{"sender":{"phone":""},"attempts":1,"ratio":1,"flags":[],"more":[{"phone":""},{"name":""}]}"#,
      "more[1].phone", "missing", .missing
    ),
    (
      #"{"sender":{"phone":""},"attempts":1,"ratio":1,"flags":[],"by_city":{"a":{"phone":""},"Köln":{"phone":[]}}}"#,
      "by_city.Köln.phone", "expected string, found array", .wrongType
    ),
    ("[1]", "", "expected object, found array", .wrongType),
  ])
  func `names the field and the reason`(
    _ text: String, _ path: String, _ reason: String, _ kind: JSONDecodingFailure.Kind
  ) {
    #expect(throws: JSONDecodingFailure(path: path, reason: reason, kind: kind)) {
      try JSONCoder.decode(Params.self, from: text)
    }
  }

  @Test func `names the path from the node that is decoded`() throws {
    let document = try JSONDocument(parsing: #"{"params":{"sender":{"phone":1}}}"#)
    let params = try #require(document.root["params"])
    do throws(JSONDecodingFailure) {
      _ = try params.decode(Params.self)
      Issue.record("decoded a phone number that is none")
    } catch {
      #expect(error.description == "sender.phone: expected string, found number")
      #expect(error.under("params").path == "params.sender.phone")
    }
    #expect(JSONDecodingFailure(path: "[1].a", reason: "", kind: .missing).under("x").path == "x[1].a")
    #expect(JSONDecodingFailure(path: "", reason: "", kind: .missing).under("x").path == "x")
  }

  private struct Even: Codable, Equatable, Error, CustomStringConvertible {
    var value: Int
    var description: String { "\(value) is odd" }

    init(from decoder: any Decoder) throws {
      value = try decoder.singleValueContainer().decode(Int.self)
      if !value.isMultiple(of: 2) { throw self }
    }
  }
  private struct Pair: Codable { var left: Even, right: [Even] }
  private struct Strict: Codable {
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      _ = try container.decode(String.self)
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a colour")
    }
    func encode(to encoder: any Encoder) throws {}
  }

  @Test func `gives the reason of a type that refuses its value, with the path`() {
    #expect(throws: JSONDecodingFailure(path: "right[2]", reason: "7 is odd", kind: .invalid)) {
      try JSONCoder.decode(Pair.self, from: #"{"left":2,"right":[4,6,7]}"#)
    }
    #expect(throws: JSONDecodingFailure(path: "a[1]", reason: "not a colour", kind: .invalid)) {
      try JSONCoder.decode([String: [Strict?]].self, from: #"{"a":[null,"x"]}"#)
    }
    let unknown = JSONDecodingFailure(path: "[1]", reason: "not a known value", kind: .invalid)
    #expect(throws: unknown) { try JSONCoder.decode([Tier].self, from: #"["plus","zzz"]"#) }
    let unlisted = JSONDecodingFailure(path: "x", reason: "expected one of red, green", kind: .invalid)
    #expect(throws: unlisted) { try JSONCoder.decode([String: Colour].self, from: #"{"x":"blue"}"#) }
  }

  @Test func `reports bytes that are not JSON with their place`() {
    #expect { try JSONCoder.decode(Params.self, from: "{\"a\":01}") } throws: {
      guard let failure = $0 as? JSONDecodingFailure else { return false }
      return failure.kind == .malformed(JSONFailure(kind: .invalidNumber, offset: 5, line: 1))
        && failure.description == "line 1, byte 5: invalid number"
    }
  }

  private func borders<Value: FixedWidthInteger & Codable & Sendable>(_ type: Value.Type) throws {
    for value in [Value.min, Value.max, 0, 1, Value.max / 2, Value.max / 10 * 10] {
      let text = "[\(value)]"
      #expect(try JSONCoder.decode([Value].self, from: text) == [value])
      #expect(try JSONCoder.decode([String: Value].self, from: #"{"a":\#(value)}"#) == ["a": value])
      #expect(try JSONCoder.decode(Value.self, from: "\(value)") == value)
      #expect(String(decoding: try JSONCoder.encode([value]), as: UTF8.self) == text)
      #expect(String(decoding: try JSONCoder.encode(value), as: UTF8.self) == "\(value)")
    }
    // One past each border, computed on the digits so that it needs no wider type.
    let above = incremented("\(Value.max)")
    let below = Value.isSigned ? "-" + incremented(String("\(Value.min)".dropFirst())) : "-1"
    for text in [
      above, below, above + "0", "1e2", "1.0", "100000000000000000000", "340282366920938463463374607431768211456",
    ] {
      #expect(throws: JSONDecodingFailure.self) { try JSONCoder.decode(Value.self, from: text) }
    }
  }

  private func incremented(_ digits: String) -> String {
    var digits = Array(digits.utf8)
    var place = digits.count - 1
    while place >= 0, digits[place] == UInt8(ascii: "9") {
      digits[place] = UInt8(ascii: "0")
      place -= 1
    }
    if place < 0 { return "1" + String(decoding: digits, as: UTF8.self) }
    digits[place] += 1
    return String(decoding: digits, as: UTF8.self)
  }

  @Test func `holds every integer type to its borders`() throws {
    try borders(Int8.self)
    try borders(Int16.self)
    try borders(Int32.self)
    try borders(Int64.self)
    try borders(Int.self)
    try borders(UInt8.self)
    try borders(UInt16.self)
    try borders(UInt32.self)
    try borders(UInt64.self)
    try borders(UInt.self)
  }

  @Test(arguments: [
    0.1, -0.1, 1.0 / 3, .pi, 1e22, 1e23, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
    9_007_199_254_740_992,
    123_456.789, 1e-7, 0, -0.0, 2.5e-8, 4.35, 0.000_001,
  ])
  func `returns the same double`(_ value: Double) throws {
    let bytes = try JSONCoder.encode(value)
    let same = try JSONCoder.decode(Double.self, from: bytes)
    #expect(same.bitPattern == value.bitPattern)
    let narrow = Float(value)
    guard narrow.isFinite else { return }
    #expect(try JSONCoder.decode([Float].self, from: JSONCoder.encode([narrow])) == [narrow])
  }

  @Test func `refuses a number too large for a Float`() {
    #expect(throws: JSONDecodingFailure(path: "[0]", reason: "number out of range", kind: .outOfRange)) {
      try JSONCoder.decode([Float].self, from: "[1e39]")
    }
  }

  private struct Handmade: Decodable, Equatable {
    var numbers: [Int] = []
    var inner = ""
    var deep = 0
    var base = ""
    var rest = 0

    enum Keys: String, CodingKey { case list, object, superThing }
    enum InnerKeys: String, CodingKey { case textValue }

    init(from decoder: any Decoder) throws {
      let outer = try decoder.container(keyedBy: Keys.self)
      var list = try outer.nestedUnkeyedContainer(forKey: .list)
      #expect(list.count == 4)
      while !list.isAtEnd, list.currentIndex < 2 { numbers.append(try list.decode(Int.self)) }
      #expect(try list.decodeNil() == false)
      var nested = try list.nestedUnkeyedContainer()
      deep = try nested.decode(Int.self)
      #expect(try nested.decodeNil())
      #expect(nested.isAtEnd)
      #expect(throws: JSONDecodingFailure(path: "list[2][2]", reason: "missing", kind: .missing)) {
        try nested.decode(Int.self)
      }
      // A failed read does not step past the element.
      #expect(throws: JSONDecodingFailure.self) { try list.decode(Bool.self) }
      let object = try list.nestedContainer(keyedBy: InnerKeys.self)
      inner = try object.decode(String.self, forKey: .textValue)
      #expect(object.codingPath.map(\.stringValue) == ["list", "3"])
      base = try outer.superDecoder(forKey: .superThing).singleValueContainer().decode(String.self)
      rest = try outer.superDecoder().singleValueContainer().decode(Int.self)
      #expect(outer.contains(.object) == false)
      #expect(outer.allKeys == [.list, .superThing])
    }
  }

  @Test func `offers every kind of container to types that decode by hand`() throws {
    let value = try JSONCoder.decode(
      Handmade.self,
      from: #"{"list":[1,2,[3,null],{"text_value":"x"}],"super_thing":"b","super":9}"#)
    #expect(value.numbers == [1, 2])
    #expect(value.deep == 3)
    #expect(value.inner == "x")
    #expect(value.base == "b")
    #expect(value.rest == 9)
  }

  @Test func `decodes optionals of every depth`() throws {
    #expect(try JSONCoder.decode([Int?].self, from: "[1,null]") == [1, nil])
    #expect(try JSONCoder.decode(Int?.self, from: "null") == nil)
    #expect(try JSONCoder.decode([String: Int?].self, from: #"{"a":null,"b":1}"#) == ["a": nil, "b": 1])
    #expect(try JSONCoder.decode(Sender.self, from: #"{"phone":"","name":null}"#).name == nil)
    #expect(try JSONCoder.decode(Set<Int>.self, from: "[1,2]") == [1, 2])
  }
}
