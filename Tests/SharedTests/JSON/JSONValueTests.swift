import Foundation
import JSON
import Testing

@Suite struct JSONValueTests {
  private let value: JSONValue = [
    "name": "x", "count": 3, "ratio": 1.0, "on": true, "none": nil, "list": [1, "two", [:]],
    "big": .unsigned(.max), "small": .integer(.min),
  ]

  @Test func `round-trips through our coder and through Foundation's`() throws {
    #expect(try JSONValue(parsing: JSONCoder.encode(value)) == value)
    #expect(try JSONCoder.decode(JSONValue.self, from: JSONCoder.encode(value)) == value)
    struct Holder: Codable, Equatable { var raw: JSONValue, list: [JSONValue], maybe: JSONValue? }
    let holder = Holder(raw: value, list: [nil, 1, value], maybe: nil)
    #expect(try JSONCoder.decode(Holder.self, from: JSONCoder.encode(holder)) == holder)
    // Foundation writes 1.0 as 1, so the fraction is left out here.
    let plain: JSONValue = ["camelCase": ["a_b", true, nil, 2.5, .unsigned(.max), .integer(.min)], "o": [:]]
    #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(plain)) == plain)
  }

  @Test func `keeps the order of members and compares without it`() throws {
    let one = try JSONValue(parsing: Array(#"{"b":1,"a":{"d":1,"c":2}}"#.utf8))
    let other = try JSONValue(parsing: Array(#"{"a":{"c":2,"d":1},"b":1}"#.utf8))
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(one.object?.keys == ["b", "a"])
    #expect(String(decoding: try JSONCoder.encode(one), as: UTF8.self) == #"{"b":1,"a":{"d":1,"c":2}}"#)
    #expect(one != ["b": 1, "a": ["d": 1, "c": 3]])
    #expect(one != ["b": 1, "x": ["d": 1, "c": 2]])
    #expect(one != ["b": 1])
    #expect(JSONValue.integer(1) != .number(1))
  }

  @Test func `reaches into members and elements`() {
    #expect(value["name"]?.string == "x")
    #expect(value["count"]?.int64 == 3)
    #expect(value["count"]?.uint64 == 3)
    #expect(value["count"]?.double == 3)
    #expect(value["small"]?.uint64 == nil)
    #expect(value["big"]?.int64 == nil)
    #expect(value["big"]?.uint64 == .max)
    #expect(value["ratio"]?.double == 1)
    #expect(value["ratio"]?.int64 == nil)
    #expect(value["on"]?.bool == true)
    #expect(value["none"]?.isNull == true)
    #expect(value["list"]?[1]?.string == "two")
    #expect(value["list"]?[3] == nil)
    #expect(value["list"]?["x"] == nil)
    #expect(value["absent"] == nil)
  }

  @Test func `sets and removes members`() {
    var object: JSONObject = ["a": 1, "b": 2, "a": 3]
    #expect(object.keys == ["a", "b"])
    #expect(object["a"] == 3)
    object["c"] = "new"
    object["a"] = nil
    object["absent"] = nil
    object["b"] = .null
    #expect(object.keys == ["b", "c"])
    #expect(object["b"] == .null)
    #expect(object.count == 2)
    #expect(!object.isEmpty)
  }

  @Test func `sorted, two texts of one value are one`() throws {
    let one = try JSONValue(parsing: Array(#"{"b":1,"a":[{"y":null,"x":"é"}],"aa":{}}"#.utf8)).sorted
    let other = try JSONValue(parsing: Array(#"{"aa":{},"a":[{"x":"é","y":null}],"b":1}"#.utf8)).sorted
    #expect(try JSONCoder.encode(one) == JSONCoder.encode(other))
    #expect(String(decoding: try JSONCoder.encode(one), as: UTF8.self) == #"{"a":[{"x":"é","y":null}],"aa":{},"b":1}"#)
  }
}
