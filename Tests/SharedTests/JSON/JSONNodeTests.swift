import JSON
import Testing

@Suite struct JSONNodeTests {
  private let root: JSONNode

  init() throws {
    root = try JSONDocument(
      parsing: #"""
        { "kind": "request", "id": 12, "params": { "to" : "+49", "n": [1, 2.5, "x"] } , "key": "a\u0062c",
          "on": true, "off": false, "none": null, "big": 18446744073709551615, "empty": "" }
        """#
    ).root
  }

  @Test func `reads members by name`() {
    #expect(root.kind == .object)
    #expect(root.count == 9)
    #expect(root["id"]?.int64 == 12)
    #expect(root["id"]?.uint64 == 12)
    #expect(root["id"]?.double == 12)
    #expect(root["key"]?.string == "abc")
    #expect(root["on"]?.bool == true)
    #expect(root["off"]?.bool == false)
    #expect(root["none"]?.isNull == true)
    #expect(root["empty"]?.string == "")
    #expect(root["big"]?.int64 == nil)
    #expect(root["big"]?.uint64 == .max)
    #expect(root["absent"] == nil)
    #expect(root[""] == nil)
    #expect(root["to"] == nil, "members of inner objects are not members")
  }

  @Test func `answers nil for another kind`() {
    #expect(root["kind"]?.int64 == nil)
    #expect(root["kind"]?.double == nil)
    #expect(root["kind"]?.bool == nil)
    #expect(root["id"]?.string == nil)
    #expect(root["id"]?["x"] == nil)
    #expect(root["id"]?[0] == nil)
    #expect(root["id"]?.count == 0)
    #expect(root[0] == nil)
    #expect(root.isNull == false)
    #expect(root["on"]?.kind == .bool)
    #expect(root["none"]?.kind == .null)
  }

  @Test func `gives the bytes of a value as they were received`() {
    #expect(
      root["params"].map { String(decoding: $0.bytes, as: UTF8.self) } == #"{ "to" : "+49", "n": [1, 2.5, "x"] }"#)
    #expect(root["key"].map { String(decoding: $0.bytes, as: UTF8.self) } == #""a\u0062c""#)
    #expect(root["big"].map { String(decoding: $0.bytes, as: UTF8.self) } == "18446744073709551615")
    #expect(root["params"]?["n"]?[1].map { String(decoding: $0.bytes, as: UTF8.self) } == "2.5")
  }

  @Test func `walks members and elements in order`() {
    var keys: [String] = []
    root.forEachMember { key, _ in keys.append(key) }
    #expect(keys == ["kind", "id", "params", "key", "on", "off", "none", "big", "empty"])
    var kinds: [JSONKind] = []
    root["params"]?["n"]?.forEachElement { kinds.append($0.kind) }
    #expect(kinds == [.number, .number, .string])
    root.forEachElement { _ in Issue.record("an object has no elements") }
    root["params"]?["n"]?.forEachMember { _, _ in Issue.record("an array has no members") }
    #expect(root["params"]?["n"]?[2]?.string == "x")
    #expect(root["params"]?["n"]?[3] == nil)
    #expect(root["params"]?["n"]?[-1] == nil)
  }

  @Test func `compares text without building a string`() {
    #expect(root["kind"]?.stringEquals("request") == true)
    #expect(root["kind"]?.stringEquals("requesT") == false)
    #expect(root["kind"]?.stringEquals("reques") == false)
    #expect(root["kind"]?.stringEquals("") == false)
    #expect(root["key"]?.stringEquals("abc") == true)
    #expect(root["key"]?.stringEquals("abd") == false)
    #expect(root["empty"]?.stringEquals("") == true)
    #expect(root["id"]?.stringEquals("12") == false)
  }

  @Test func `keeps the document alive`() throws {
    func inner() throws -> JSONNode? { try JSONDocument(parsing: #"{"a":{"b":"still here"}}"#).root["a"]?["b"] }
    #expect(try inner()?.string == "still here")
  }

  @Test(arguments: 0..<40)
  func `finds every name whatever its length`(_ length: Int) throws {
    let name = String("abcdefghijklmnopqrstuvwxyz0123456789_-+*".prefix(length))
    let node = try JSONDocument(parsing: "{\"_other\":0,\"\(name)\":1,\"\(name)x\":2}").root
    #expect(node[name]?.int64 == 1)
    #expect(node[name + "x"]?.int64 == 2)
    #expect(node[name + "y"] == nil)
  }
}
