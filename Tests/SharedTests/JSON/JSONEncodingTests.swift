import JSON
import Testing

@Suite struct JSONEncodingTests {
  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSONCoder.encode(value), as: UTF8.self)
  }

  private struct Message: Encodable {
    var text = "hi"
    var replyTo: String?
    var counts = [1, 2]
    var nested = ["a": [String: Int]()]
    var nothing: Int?? = .some(nil)
  }

  @Test func `writes members in declared order and leaves nil out`() throws {
    #expect(try text(Message()) == #"{"text":"hi","counts":[1,2],"nested":{"a":{}},"nothing":null}"#)
    struct Nothing: Codable {}
    #expect(try text(Nothing()) == "{}")
    #expect(try text([Nothing(), Nothing()]) == "[{},{}]")
    #expect(try text([Int]()) == "[]")
    #expect(try text([[Int]]()) == "[]")
    #expect(try text([[1], [], [2, 3]]) == "[[1],[],[2,3]]")
    #expect(try text([Int?.none, 1]) == "[null,1]")
    #expect(try text([String: Int?]()) == "{}")
    #expect(try text(["a": Int?.none]) == #"{"a":null}"#)
    #expect(try text("x") == #""x""#)
    #expect(try text(Int?.none) == "null")
    #expect(try text(true) == "true")
  }

  @Test(arguments: UInt8.min...UInt8.max)
  func `escapes what it must and nothing else, at every place of the stride`(_ byte: UInt8) throws {
    let character = String(Unicode.Scalar(byte))
    for before in 0..<10 {
      let value = String(repeating: "x", count: before) + character + "yz"
      let written = try text(value)
      #expect(try JSONCoder.decode(String.self, from: written) == value)
      let mustEscape = byte < 0x20 || character == "\"" || character == "\\"
      #expect(written.utf8.count == value.utf8.count + 2 || mustEscape)
      #expect(written.utf8.allSatisfy { $0 >= 0x20 })
    }
  }

  @Test func `leaves slashes and line separators alone`() throws {
    #expect(try text("a/b\u{2028}\u{2029}<é😀>") == "\"a/b\u{2028}\u{2029}<é😀>\"")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
  func `refuses numbers that JSON lacks and says where`(_ value: Double) {
    #expect { try JSONCoder.encode(["list": [1, 2, value]]) } throws: {
      ($0 as? JSONEncodingFailure)?.path == "list[2]"
    }
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode([Float(value)]) }
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode(JSONValue.array([.number(value)])) }
  }

  private struct Nest: Codable {
    var inside: [Nest]
    static func levels(_ count: Int) -> Nest { Nest(inside: count == 0 ? [] : [levels(count - 1)]) }
  }

  @Test func `writes 64 levels and refuses the 65th`() throws {
    // Each Nest is two levels.
    let deepest = try JSONCoder.encode(Nest.levels(31))
    _ = try JSONDocument(parsing: deepest)
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode(Nest.levels(32)) }
    var value = JSONValue.null
    for _ in 0..<64 { value = .array([value]) }
    _ = try JSONDocument(parsing: JSONCoder.encode(value))
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode(JSONValue.array([value])) }
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode([value]) }
  }

  private class Base: Encodable {
    var id = 1
  }
  private final class Derived: Base {
    var name = "n"
    enum Keys: CodingKey { case name }
    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(name, forKey: .name)
      try super.encode(to: encoder)
    }
  }
  private final class Wrapped: Base {
    enum Keys: CodingKey { case before, after }
    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(0, forKey: .before)
      try super.encode(to: container.superEncoder())
      try container.encode(2, forKey: .after)
    }
  }

  @Test func `writes subclasses into the parent's object or beside it`() throws {
    #expect(try text(Derived()) == #"{"name":"n","id":1}"#)
    #expect(try text([Wrapped()]) == #"[{"before":0,"super":{"id":1},"after":2}]"#)
  }

  private struct ByHand: Encodable {
    enum Keys: CodingKey { case list, object, last }
    func encode(to encoder: any Encoder) throws {
      var outer = encoder.container(keyedBy: Keys.self)
      var list = outer.nestedUnkeyedContainer(forKey: .list)
      try list.encode(1)
      var inner = list.nestedContainer(keyedBy: Keys.self)
      try inner.encode("x", forKey: .last)
      var innermost = inner.nestedUnkeyedContainer(forKey: .list)
      try innermost.encodeNil()
      _ = list.nestedUnkeyedContainer()
      try true.encode(to: list.superEncoder())
      #expect(list.count == 4)
      _ = outer.nestedContainer(keyedBy: Keys.self, forKey: .object)
      try outer.encode(1.5, forKey: .last)
    }
  }

  @Test func `closes containers when one further out goes on`() throws {
    #expect(try text(ByHand()) == #"{"list":[1,{"last":"x","list":[null]},[],true],"object":{},"last":1.5}"#)
  }

  private struct Misuse: Encodable {
    let how: @Sendable (any Encoder) throws -> Void
    func encode(to encoder: any Encoder) throws { try how(encoder) }
  }
  private enum AnyKeys: CodingKey { case a, b }

  private static let misuses = [
    Misuse { _ in },
    Misuse { encoder in
      var single = encoder.singleValueContainer()
      try single.encode(1)
      try single.encode(2)
    },
    Misuse { encoder in
      var outer = encoder.container(keyedBy: AnyKeys.self)
      var first = outer.nestedUnkeyedContainer(forKey: .a)
      var second = outer.nestedUnkeyedContainer(forKey: .b)
      try second.encode(1)
      try first.encode(2)
    },
    Misuse { encoder in
      _ = encoder.container(keyedBy: AnyKeys.self)
      _ = encoder.unkeyedContainer()
    },
    Misuse { encoder in
      var outer = encoder.container(keyedBy: AnyKeys.self)
      _ = outer.superEncoder(forKey: .a)
    },
    Misuse { encoder in
      var outer = encoder.unkeyedContainer()
      _ = outer.superEncoder()
      try outer.encode(1)
    },
    Misuse { encoder in
      var outer = encoder.unkeyedContainer()
      var inner = outer.nestedContainer(keyedBy: AnyKeys.self)
      try outer.encode(1)
      try inner.encode(1, forKey: .a)
    },
  ]

  /// By number, not by value: the test runner itself encodes arguments that can be encoded.
  @Test(arguments: misuses.indices)
  func `refuses types that encode out of turn`(_ number: Int) {
    let misuse = Self.misuses[number]
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode(misuse) }
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode([misuse]) }
    #expect(throws: JSONEncodingFailure.self) { try JSONCoder.encode(["x": misuse]) }
  }

  @Test func `passes on the error of a type that refuses to be encoded`() {
    struct Refusal: Error, CustomStringConvertible { let description = "not today" }
    let misuse = Misuse { _ in throw Refusal() }
    #expect(throws: JSONEncodingFailure(path: "x[1]", reason: "not today")) {
      try JSONCoder.encode(["x": [Misuse { try 1.encode(to: $0) }, misuse]])
    }
  }
}
